"""How extra texts share the room that there is."""

import pytest

from mmner.networks.budget import Extra, Lengths, Pieces, cuts, fit, shares
from mmner.networks.windows import TextEncoding


@pytest.mark.parametrize(
    ("wanted", "room", "given"),
    [
        ([5, 9, 1], 99, [5, 9, 1]),
        ([5, 9, 1], 11, [5, 5, 1]),
        ([9, 9], 7, [4, 3]),
        ([9, 9], 0, [0, 0]),
        ([], 5, []),
    ],
)
def test_who_wants_little_gets_all_and_the_others_share_the_rest(wanted, room, given):
    assert shares(wanted, room) == given


def pieces(kind: str, texts: list[int], name: int = 0) -> Pieces:
    """Texts and a name of so many pieces: those of a name are 0, of the first text 1, of the second 2."""
    return Pieces(kind, [[number] * size for number, size in enumerate(texts, 1)], [0] * name)


def test_the_last_step_of_a_chain_gets_its_share():
    fitted = fit([pieces("chain", [90, 3, 90, 90])], Lengths(chain=63), 500)
    assert fitted.extras == [("chain", [1] * 20 + [2] * 3 + [3] * 20 + [4] * 20)]
    assert (fitted.given, fitted.wanted) == ({"chain": 63}, {"chain": 273})


def test_names_come_first_then_facts_in_turn():
    extras = [pieces("knowledge", [30, 30], name=2), pieces("knowledge", [], name=3), pieces("knowledge", [2], name=4)]
    fitted = fit(extras, Lengths(knowledge=15), 500)
    assert fitted.extras == [
        ("knowledge", [0, 0, 1, 1, 2, 2]),
        ("knowledge", [0] * 3),
        ("knowledge", [0] * 4 + [1] * 2),
    ]
    assert fitted.wanted == {"knowledge": 71, "names": 3}
    assert fitted.given == {"knowledge": 15, "names": 3}


def test_a_name_without_room_is_cut_and_counted():
    fitted = fit([pieces("knowledge", [9], name=4), pieces("knowledge", [9], name=4)], Lengths(knowledge=6), 500)
    assert fitted.extras == [("knowledge", [0] * 4), ("knowledge", [0] * 2)]
    assert fitted.given["names"] == 1


def test_kinds_share_the_room_that_the_sentence_leaves_separators_included():
    extras = [pieces("caption", [4]), pieces("chain", [90, 90])]
    fitted = fit(extras, Lengths(), 26)
    assert fitted.extras == [("caption", [1] * 4), ("chain", [1] * 10 + [2] * 10)]
    assert sum(len(ids) + 1 for _, ids in fitted.extras) == 26
    assert fit(extras, Lengths(), 0).extras == fit(extras, Lengths(), 1).extras == []


def test_a_text_about_a_name_without_room_gets_none():
    extras = [pieces("knowledge", [6], name=2), pieces("chain", [1])]
    assert fit(extras, Lengths(), 1).extras == []
    assert fit(extras[:1], Lengths(), 2).extras == [("knowledge", [0])]


@pytest.mark.parametrize("room", range(40))
def test_nothing_is_ever_longer_than_the_room(room):
    extras = [pieces("knowledge", [7], name=2), pieces("knowledge", [], name=5), pieces("chain", [9, 1])]
    fitted = fit(extras, Lengths(knowledge=12, chain=8), room)
    assert sum(len(ids) + 1 for _, ids in fitted.extras) <= room
    assert all(ids for _, ids in fitted.extras)


def test_what_was_cut_is_said_by_kind(encoding):
    short = TextEncoding(encoding.tokenizer, 64, Lengths(knowledge=3, chain=4), 8)
    extras = [Extra("knowledge", ("a shop",), "fern"), Extra("knowledge", (), "today we"), Extra("chain", ("a map",))]
    said = cuts([short(["we"], extras), short(["we"], extras[2:])])
    assert said == "3 of 6 word pieces of knowledge (in 1 posts), 1 of 2 names (in 1 posts)"
    assert cuts([short(["we"], extras[2:])]) == ""


def test_names_of_a_text_stand_before_it(encoding):
    (window,) = encoding(["we"], [Extra("knowledge", ("a map", "a shop"), "fern")]).windows
    assert encoding.tokenizer.decode(window.ids) == "[CLS] we [SEP] fern : a map a shop [SEP]"
