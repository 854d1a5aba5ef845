"""Marks of tokens, worked out by hand, and their way into the encoder."""

from dataclasses import replace

import pytest
import torch

from mmner.model.batch import collate
from mmner.model.params import SOURCES, Switches, TokenEvidence
from mmner.model.token_evidence import SHAPES, shape, size, token_evidence
from mmner.networks.budget import Extra
from tests.fakes import tiny

# Marks: 0 nothing; begin and inside of unknown 1 2, person 3 4, place 5 6, organisation 7 8, other 9 10, number 11 12.
ROW = {
    "tokens": ["Marlow", "Bakery", "hired", "Ada", "Lund", "in", "#", "AbbotsBay", "2017"],
    "spans": [{"start": 3, "end": 5, "text": "Ada Lund"}, {"start": 7, "end": 8, "text": "AbbotsBay"}],
    "facts": [
        {"candidate": "Ada Lund", "summary": "Ada Lund is a painter.", "kept": True},
        {"candidate": "AbbotsBay", "summary": "It is a novel.", "kept": False},
        {"candidate": "Marlow Bakery", "summary": "A chain of shops.", "kept": True},
    ],
    "caption": 'A photo with the words "marlow bakery".',
    "regions": [{"expression": "the words Marlow", "label": "x"}, {"expression": None, "label": "bakery"}],
    "steps": [{"name": "a", "text": "1. Marlow Bakery (company) 2. Ada (person) 3. Abbots Bay (town) 4. 2017 (year)"}],
}
PROSE = [
    {"name": "entities", "text": "The post names Ada Lund, a painter, and Abbots Bay."},
    {"name": "types", "text": "Abbots Bay is a place. Marlow Bakery is a company."},
]
MARKS = {
    "chain": [7, 8, 0, 3, 0, 0, 0, 5, 11],
    "candidates": [0, 0, 0, 1, 2, 0, 0, 1, 0],
    "facts": [7, 8, 0, 3, 4, 0, 0, 0, 0],
    "regions": [1, 7, 0, 0, 0, 0, 0, 0, 0],
    "caption": [1, 2, 0, 0, 0, 0, 0, 0, 0],
    "shape": [3, 3, 2, 3, 3, 2, 9, 6, 7],
}


def marks(source: str, row=ROW) -> list[int]:
    return [one for (one,) in token_evidence(row, TokenEvidence(**{source: True}))]


@pytest.mark.parametrize("source", SOURCES)
def test_marks_are_those_worked_out_by_hand(source):
    assert marks(source) == MARKS[source]
    assert max(MARKS[source]) < size(source)


def test_marks_of_several_sources_stand_beside_each_other_and_none_without_a_source():
    every = token_evidence(ROW, TokenEvidence(**dict.fromkeys(SOURCES, True)))
    assert every == [list(one) for one in zip(*MARKS.values(), strict=True)]
    assert token_evidence(ROW, TokenEvidence()) == []


@pytest.mark.parametrize("source", [source for source in SOURCES if source != "shape"])
def test_a_row_without_evidence_has_no_mark(source):
    bare = {"tokens": ROW["tokens"]} | dict.fromkeys(("spans", "facts", "caption", "regions", "steps"))
    assert marks(source, bare) == [0] * 9


def test_prose_marks_the_names_that_it_explains():
    assert marks("chain", ROW | {"steps": PROSE}) == [7, 8, 0, 3, 4, 0, 0, 5, 0]


def test_of_overlapping_names_the_longest_counts():
    steps = [{"name": "a", "text": "1. Lund (town) 2. Ada Lund (person) 3. Ada (dog)"}]
    assert marks("chain", ROW | {"steps": steps}) == [0, 0, 0, 3, 4, 0, 0, 0, 0]


def test_shapes_tell_what_an_uncased_encoder_does_not_see():
    tokens = ["東京", "day", "Ada", "X", "NBA", "McGee", "2017", "4th", "!?"]
    assert [shape(token) for token in tokens] == list(SHAPES)


def test_every_piece_of_a_token_is_marked_in_every_window(encoding):
    (window,) = encoding(["we", "zx", "today"], [Extra("chain", ("a map",))], [[1], [5], [0]]).windows
    assert window.marks == [[1], [5], [5], [0]]  # "zx" has two pieces
    long = encoding(["we", "zx"] * 60, [], [[1], [5]] * 60)
    assert len(long.windows) > 1
    assert all(window.marks[:3] in ([[1], [5], [5]], [[5], [5], [1]]) for window in long.windows)


def test_without_marks_a_window_is_as_it_was(encoding):
    assert encoding(["we"], []).windows[0].marks == []
    assert collate(tiny.examples(encoding), tiny.VISUAL, 0).marks is None


@pytest.fixture
def marked(encoding):
    """Batches of the same sentences, (with marks, without)."""
    plain = tiny.examples(encoding)
    rows = [sentence.split() for sentence, *_ in tiny.SENTENCES]
    texts = [encoding(tokens, [], [[1 + 2 * (place % 3), 1] for place in range(len(tokens))]) for tokens in rows]
    bare = [encoding(tokens, []) for tokens in rows]
    return tuple(
        collate([replace(one, text=text) for one, text in zip(plain, some, strict=True)], tiny.VISUAL, 0)
        for some in (texts, bare)
    )


ON = {"tokens": {"chain": True, "shape": True}}


def test_embeddings_start_at_zero_and_change_nothing_until_they_learn(build, marked):
    full, bare = marked
    off, on = build(), build(**ON)
    with torch.no_grad():
        assert torch.equal(on(full).emissions, off(bare).emissions)
        assert torch.equal(on(bare).emissions, off(bare).emissions)
    loss, _ = on.loss(full)
    loss.backward()
    learns = on.evidence.of["chain"].weight.grad.abs().sum(1)
    assert learns[0] == 0  # what is marked with nothing never learns
    assert (learns[[1, 3, 5]] > 0).all()


def test_marks_that_have_learnt_move_the_tokens_that_bear_them(build, marked):
    full, bare = marked
    on = build(**ON)
    with torch.no_grad():
        on.evidence.of["chain"].weight[1:] += torch.arange(16)  # a constant would be lost in layer norm
        assert not torch.allclose(on(full).emissions, on(bare).emissions)


def test_switches_are_read_as_they_were_written_before():
    assert Switches(chain=True) == Switches() == Switches(chain="text")
    assert Switches(chain=False) == Switches(chain="none")
    assert "tokens" not in Switches().model_dump()
    assert [Switches(chain=chain).model_dump()["chain"] for chain in (True, False, "findings")] == [
        True,
        False,
        "findings",
    ]
