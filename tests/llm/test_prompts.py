"""Prompts are files; what is sent of them is what a fingerprint knows."""

import pytest

from mmner.base.errors import InputError
from mmner.llm import prompts
from mmner.llm.prompts import Verbatim

TEXT = "<!-- where from -->\n## System\nBe kind.\n\nShape: {shape}\n## User\nText: {sentence}\n\nCaption: {caption}\n"


def load(folder, text=TEXT, places=("sentence", "caption", "shape")):
    (folder / "mine.md").write_text(text)
    return prompts.load(folder, "mine", set(places))


def test_values_are_json_ours_are_not_and_a_paragraph_without_its_value_is_left_out(tmp_path):
    filled = load(tmp_path).fill(sentence='say "{caption}"\n', caption=None, shape=Verbatim('{"a": 1}'))
    assert filled == ('Be kind.\n\nShape: {"a": 1}', 'Text: "say \\"{caption}\\"\\n"')


def test_a_changed_prompt_is_another_and_a_changed_comment_is_not(tmp_path):
    digest = load(tmp_path).digest
    assert load(tmp_path, TEXT.replace("where from", "elsewhere")).digest == digest
    assert load(tmp_path, TEXT.replace("kind", "brief")).digest != digest


def test_a_changed_prompt_is_a_changed_fingerprint(serve, tmp_path, monkeypatch):
    from mmner.expressions import llm
    from tests.llm.asking import expressions

    before = expressions(serve()).identity()
    original = (llm.PROMPTS / "tvo.md").read_text(encoding="utf-8")
    (tmp_path / "tvo.md").write_text(original.replace("Avoid extracting", "Avoid naming"), encoding="utf-8")
    monkeypatch.setattr(llm, "PROMPTS", tmp_path)
    assert expressions(serve()).identity() != before


def test_a_prompt_that_says_nothing_of_the_post_is_an_error_since_all_would_get_one_answer(tmp_path):
    (tmp_path / "mine.md").write_text("## System\nFind names.\n## User\nText: {caption}\n")
    assert prompts.load(tmp_path, "mine", {"sentence", "caption"}, {"sentence", "caption"})
    with pytest.raises(InputError, match=r"bad-prompt.*mine.md[^{]*{sentence}"):
        prompts.load(tmp_path, "mine", {"sentence", "caption"}, {"sentence"})


@pytest.mark.parametrize("text", ["## User\nx", "x", TEXT.replace("{caption}", "{gold}")])
def test_a_prompt_that_cannot_be_filled_is_an_error_at_once(tmp_path, text):
    with pytest.raises(InputError, match=r"bad-prompt.*mine.md"):
        load(tmp_path, text)
