"""params.yaml is read as DVC reads it, by one function, and names obey one rule."""

import re

import pytest

from mmner.base import params
from mmner.base.errors import InputError
from mmner.rows.stages import STAGES


def refused(path) -> InputError:
    with pytest.raises(InputError) as caught:
        params.load(path)
    return caught.value


@pytest.fixture
def file(tmp_path):
    return tmp_path / "params.yaml"


@pytest.mark.parametrize("number", ["1e-05", "1e-5", "0.00001"])
def test_a_small_number_is_one_however_dvc_writes_it(file, number):
    file.write_text(f"train:\n  minilm:\n    lr_encoder: {number}\n", encoding="utf-8")
    assert params.load(file)["train"]["minilm"]["lr_encoder"] == 1e-5


@pytest.mark.parametrize(
    ("content", "name", "line"),
    [
        ("a: 1\ncaptions:\n  x: {encoder: embedded:all-MiniLM-L6-v2}\n", "yaml-syntax", ":3"),
        ("a: 1\na: 2\n", "yaml-syntax", ":2"),
        ("a: [\n", "yaml-syntax", ":2"),
        ("- 1\n", "not-a-mapping", ""),
        ("word\n", "not-a-mapping", ""),
        ("captions: [tags]\n", "bad-section", ""),
        ("captions: tags\n", "bad-section", ""),
        ("captions:\n  tags: [1]\n", "bad-section", ": captions"),
        ("a: 1\nb: \xf6\n".encode("latin-1"), "yaml-syntax", ":2"),
        ("a: 1\n".encode("utf-16"), "yaml-syntax", ":1"),
    ],
)
def test_what_dvc_would_not_read_is_refused_where_it_stands(file, content, name, line):
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    error = refused(file)
    assert (error.name, error.where) == (name, f"{file}{line}")
    assert error.remedy


def test_a_folder_a_link_to_itself_and_nothing_are_no_params(tmp_path):
    (tmp_path / "link").symlink_to("link")
    (tmp_path / "folder").mkdir()
    assert {refused(tmp_path / name).name for name in ("link", "folder", "none")} == {"missing-file"}


@pytest.mark.parametrize(
    ("written", "better"),
    [
        ("gpt-4.1", "gpt-4_1"),
        ("'my corpus'", "my_corpus"),
        ("../up", "up"),
        ("'$(touch x)'", "touch_x_"),
        ('"it\'s"', "it_s"),
        ("-x", "x"),
        ("2017", "2017"),
        ("2020-01-01", "2020-01-01"),
    ],
)
@pytest.mark.parametrize("section", ["corpora", "captions", "preparations", "runs"])
def test_a_name_that_dvc_or_a_shell_would_read_otherwise_is_refused(file, section, written, better):
    file.write_text(f"{section}:\n  {written}: {{}}\n", encoding="utf-8")
    error = refused(file)
    assert (error.name, error.where) == ("bad-name", f"{file}: {section}")
    assert error.remedy.endswith(f": {better}")
    assert re.fullmatch(params.NAME, better)


def test_quoted_numbers_and_words_that_yaml_1_1_took_for_booleans_are_names(file):
    file.write_text("corpora:\n  '2017': {}\n  NO: {}\n  on: {}\n", encoding="utf-8")
    assert list(params.load(file)["corpora"]) == ["2017", "NO", "on"]


def test_every_stage_with_variants_is_a_section():
    assert STAGES.keys() < set(params.SECTIONS)


@pytest.mark.parametrize("backend", ["[tags]", "{tags: 1}", "1", "null"])
def test_a_backend_that_is_no_word_is_unknown(backend, file):
    file.write_text(f"captions:\n  x:\n    backend: {backend}\n", encoding="utf-8")
    variant = params.entry(params.load(file), "captions", "x")
    with pytest.raises(InputError, match="unknown-backend"):
        params.variant("captions", "x", variant, STAGES["captions"].backends)
