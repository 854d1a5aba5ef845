"""JSON Lines of users' files: objects with their line, or the error of that line."""

import pytest

from mmner.base import jsonl
from mmner.base.errors import InputError

GOOD = '{"id": "a"}'
BAD = {
    '{"id": "a"': "',' delimiter at column",
    '["a"]': "not an object",
    '{"caption": "nice \\ud83d"}': r"\\ud83d is half a character",
    '{"steps": [{"text": "\\uDCFF"}]}': r"\\udcff is half a character",
    '{"\\ud800": 1}': r"\\ud800 is half a character",
    f'{{"score": {"9" * 5000}}}': "a number of too many digits",
    '{"tags": ["B-PER"], "tags": ["O"]}': "the key 'tags' stands twice",
    '{"spans": [{"start": 0, "start": 1}]}': "the key 'start' stands twice",
    '{"caption": "nice \\u0000"}': r"\\u0000 stands in no text",
    '{"a":' + "[" * 100_000: "too deep",
}


@pytest.mark.parametrize("line", BAD, ids=lambda line: line[:30])
def test_a_line_that_can_not_be_kept_is_named(line):
    rows = jsonl.objects(f"{GOOD}\n\n{line}\n{GOOD}", "captions.jsonl")
    assert next(rows) == (1, {"id": "a"})
    with pytest.raises(InputError, match=BAD[line]) as caught:
        next(rows)
    assert (caught.value.name, caught.value.where) == ("bad-json", "captions.jsonl:3")
    assert caught.value.remedy


def test_two_halves_of_a_character_are_one():
    assert list(jsonl.objects('{"caption": "\\ud83d\\ude00 \\\\ud83d"}', "a")) == [(1, {"caption": "😀 \\ud83d"})]


def test_a_backslash_before_zeros_is_a_text_of_its_own():
    assert list(jsonl.objects('{"caption": "\\\\u0000"}', "a")) == [(1, {"caption": "\\u0000"})]
