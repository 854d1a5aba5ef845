"""Answers as other tools count them, and a file of answers that survives a kill."""

import json
from pathlib import Path

import pytest

from mmner.base.errors import InputError
from mmner.corpus import split_files
from mmner.predict.answers import Answer, Entity
from mmner.predict.formats import FORMATS, utf16
from mmner.predict.output import Output

TEXT = "👩‍👩‍👧 loves Mira Park!"
ANSWER = Answer(
    id="a",
    text=TEXT,
    entities=[Entity(12, 21, "Mira Park", "PER", 0.75)],
    tokens=["👩‍👩‍👧", "loves", "Mira", "Park", "!"],
    tags=["O", "O", "B-PER", "I-PER", "O"],
)


def test_the_entity_is_where_the_text_has_it():
    assert TEXT[12:21] == "Mira Park"


def test_label_studio_counts_utf16():
    task = json.loads(FORMATS["labelstudio"].write(ANSWER))
    (result,) = task["predictions"][0]["result"]
    # three emoji are two code units each, the two joiners one: 8, and 7 of " loves "
    assert (result["value"]["start"], result["value"]["end"]) == (15, 24)
    units = TEXT.encode("utf-16-le")
    assert units[2 * 15 : 2 * 24].decode("utf-16-le") == "Mira Park" == result["value"]["text"]
    assert result["value"]["labels"] == ["PER"]
    assert utf16("a😍") == 3


def test_spacy_gets_a_document_and_jsonl_all_of_it():
    doc = json.loads(FORMATS["spacy"].write(ANSWER))
    assert doc["ents"] == [{"start": 12, "end": 21, "label": "PER"}]
    assert doc["tokens"][2] == {"id": 2, "start": 12, "end": 16}
    assert json.loads(FORMATS["jsonl"].write(ANSWER))["entities"][0]["score"] == 0.75


def test_conll_is_read_again_as_it_was_written(tmp_path):
    odd = Answer(id="b", text="a b", tokens=["a b", "\u200b"], tags=["B-PER", "O"])
    failed = Answer(id="c", error="error[no-text] f:1: nothing\n  remedy: x")
    written = "".join(FORMATS["conll"].write(one) for one in (ANSWER, odd, failed))
    assert "# error = error[no-text] f:1: nothing remedy: x\n" in written
    (tmp_path / "a.txt").write_text(written)
    posts = [*split_files.open_split(tmp_path / "a.txt", "a.txt").posts()]
    assert [(post.tokens, post.tags) for post in posts] == [
        (ANSWER.tokens, ANSWER.tags),
        (["a\u00a0b", "\u200b"], ["B-PER", "O"]),
    ]


@pytest.mark.parametrize("name", FORMATS)
def test_a_killed_run_goes_on_behind_the_last_whole_answer(tmp_path, name):
    answers = [Answer(id=str(number), text="a", tokens=["a"], tags=["O"]) for number in range(5)]
    whole = Output(tmp_path / "whole", FORMATS[name], ["x"])
    whole.write(answers)
    whole.finish()
    file = tmp_path / "out"
    killed = Output(file, FORMATS[name], ["x"])
    killed.write(answers[:2])
    with (tmp_path / "out.part").open("ab") as part:
        part.write(b"half an ans")
    again = Output(file, FORMATS[name], ["x"])
    assert (again.done, file.exists()) == (2, False)
    again.write(answers[2:])
    again.finish()
    assert file.read_bytes() == (tmp_path / "whole").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "whole"]
    if name == "labelstudio":
        assert len(json.loads(file.read_text())) == 5


def test_other_posts_or_another_model_begin_anew(tmp_path):
    killed = Output(tmp_path / "out", FORMATS["jsonl"], ["x"])
    killed.write([ANSWER])
    assert Output(tmp_path / "out", FORMATS["jsonl"], ["y"]).done == 0


def test_a_device_is_not_replaced_by_answers():
    with pytest.raises(InputError, match="in-the-way"):
        Output(Path("/dev/null"), FORMATS["jsonl"], ["x"])
    assert Path("/dev/null").is_char_device()
