"""A file of answers that a killed run left is gone on with, and what it counted is counted."""

import os

import pytest

from mmner.__main__ import parser
from mmner.base.errors import InputError
from mmner.cli import predict
from mmner.predict.answers import Answer
from mmner.predict.formats import FORMATS
from mmner.predict.output import Output


def answer(text: str, error: str | None = None) -> Answer:
    return Answer(id=None, text=text, error=error)


def test_posts_that_could_not_be_read_before_a_kill_are_counted_behind_it(tmp_path):
    file = tmp_path / "out.jsonl"
    killed = Output(file, FORMATS["jsonl"], ["of this"])
    killed.write([answer("a", "error[bad-post] first"), answer("b")])
    resumed = Output(file, FORMATS["jsonl"], ["of this"])
    assert (resumed.done, resumed.bad) == (2, 1)
    resumed.write([answer("c", "error[bad-post] second")])
    resumed.finish()
    assert (resumed.bad, resumed.first_error) == (2, "error[bad-post] first")
    assert len(file.read_text().splitlines()) == 3
    assert Output(file, FORMATS["jsonl"], ["of this"]).bad == 0


def test_what_is_no_text_of_unicode_is_written_escaped(tmp_path):
    file = tmp_path / "out.txt"
    out = Output(file, FORMATS["conll"], [])
    out.write([answer("x", f"error[bad-post] {os.fsdecode(bytes([0xE9]))}.jsonl:1: no")])
    out.finish()
    assert "\\udce9.jsonl:1: no" in file.read_text(encoding="utf-8")


def test_no_two_runs_on_standard_input_are_the_same(tmp_path):
    file = tmp_path / "posts.txt"
    file.write_text("a\n")
    assert predict._stamp("-") != predict._stamp("-")
    assert predict._stamp(str(file)) == predict._stamp(str(file))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["posts.jsonl", "--out", "same.jsonl"], "--out same.jsonl is the file of posts"),
        (["--text", "a", "--images", "photos"], "--images belongs to a file"),
        (["--text", "a", "--from", "csv"], "--from belongs to a file"),
    ],
)
def test_options_that_would_cost_the_posts_or_do_nothing_are_refused(tmp_path, monkeypatch, arguments, told):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "posts.jsonl").write_text('{"text": "a"}\n')
    (tmp_path / "same.jsonl").symlink_to("posts.jsonl")
    with pytest.raises(InputError, match=f"bad-option.*{told}"):
        predict.main(parser().parse_args(["predict", "nowhere", *arguments]))
