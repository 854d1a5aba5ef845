"""The template, its lengths, and windows of long sentences."""

from mmner.model.params import Switches
from mmner.model.text import extra_texts
from mmner.networks.budget import Extra, Lengths
from mmner.networks.windows import TextEncoding, unknown_share

ROW = {
    "spans": [{"text": "Marlow"}, {"text": "Fern"}, {"text": "Marlow"}],
    "facts": [
        {"candidate": "Marlow", "summary": "a village.", "kept": False},
        {"candidate": "Marlow", "summary": "a bakery.", "kept": True},
        {"candidate": "Marlow", "summary": "a shop.", "kept": True},
    ],
    "caption": "A shop.",
    "steps": [{"name": "entities", "text": "Marlow."}, {"name": "types", "text": "A shop."}],
}
OFF = {"caption_fusion": False}


def test_the_template_is_in_the_papers_order_and_leaves_rejected_facts_out():
    assert extra_texts(ROW, Switches()) == [
        Extra("knowledge", ("a bakery.", "a shop."), "Marlow"),
        Extra("knowledge", (), "Fern"),
        Extra("caption", ("A shop.",)),
        Extra("chain", ("Marlow.", "A shop.")),
    ]


def test_switches_choose_the_extra_text():
    assert extra_texts(ROW, Switches(knowledge="none", caption=False, chain=False, **OFF)) == []
    bare = extra_texts(ROW, Switches(knowledge="candidates", caption=False, chain=False, **OFF))
    assert bare == [Extra("knowledge", (), "Marlow"), Extra("knowledge", (), "Fern")]


def test_findings_are_the_names_of_a_chain_with_what_it_says_of_them():
    row = ROW | {"steps": [{"name": "a", "text": "1. Ada (person) 2. Oslo (city) Reasoning: The sentence is long."}]}
    switches = Switches(knowledge="none", caption=False, chain="findings", **OFF)
    assert extra_texts(row, switches) == [Extra("chain", ("Ada (person);", "Oslo (city)"))]
    assert extra_texts(row | {"steps": []}, switches) == []


def decoded(encoding, ids):
    return encoding.tokenizer.decode(ids)


def test_pieces_follow_the_template_and_places_are_first_pieces(encoding):
    encoded = encoding(["we", "saw", "zx", "today"], [Extra("caption", ("a photo",)), Extra("chain", ("a map",))])
    (window,) = encoded.windows
    assert decoded(encoding, window.ids) == "[CLS] we saw zx today [SEP] a photo [SEP] a map [SEP]"
    assert decoded(encoding, window.ids[slice(*window.caption)]) == "a photo"
    assert [place for _, place in encoded.places] == [1, 2, 3, 5]  # "zx" has two pieces


def test_tokens_without_pieces_keep_their_place(encoding):
    encoded = encoding(["we", "️", "saw"], [])
    assert [encoded.windows[0].ids[place] for _, place in encoded.places][1] == encoding.unknown
    assert len(encoded.places) == 3


def test_extra_text_gives_way_to_the_sentence(encoding):
    encoded = encoding(["we"] * 60, [Extra("caption", ("a photo of a shop",)), Extra("chain", ("a map",))])
    assert len(encoded.windows) == 1
    assert len(encoded.windows[0].ids) <= 64
    assert decoded(encoding, encoded.windows[0].ids).startswith("[CLS]" + " we" * 60 + " [SEP]")


def test_long_sentences_become_overlapping_windows_with_every_token_once(encoding):
    tokens = ["we", "saw", "marlow", "zx", "today"] * 40
    encoded = encoding(tokens, [Extra("chain", ("a map",))])
    assert len(encoded.windows) > 1
    assert all(len(window.ids) <= 64 for window in encoded.windows)
    firsts = [ids[0] for ids in encoding.pieces(tokens)]
    assert [encoded.windows[window].ids[place] for window, place in encoded.places] == firsts
    covered = [sum(map(len, encoding.pieces(tokens)))]
    assert sum(len(window.ids) for window in encoded.windows) > covered[0] + 8 * (len(encoded.windows) - 1)


def test_a_token_longer_than_a_window_is_kept(encoding):
    encoded = encoding(["we", "x" * 500, "saw"], [])
    assert len(encoded.places) == 3
    assert encoded.windows
    assert all(len(window.ids) <= 64 for window in encoded.windows)


def test_lengths_cap_each_kind(encoding):
    short = TextEncoding(encoding.tokenizer, 64, Lengths(knowledge=2, caption=0, chain=3), 8)
    encoded = short(
        ["we"],
        [
            Extra("knowledge", ("a map",)),
            Extra("knowledge", ("a map",)),
            Extra("caption", ("a map",)),
            Extra("chain", ("a a a a",)),
        ],
    )
    assert decoded(short, encoded.windows[0].ids) == "[CLS] we [SEP] a [SEP] a [SEP] a a a [SEP]"


def test_unknown_share_counts_tokens_that_the_vocabulary_lacks(encoding):
    encoded = [encoding(tokens, []) for tokens in (["we", "風", "in"], ["畫"])]
    assert [one.unknown for one in encoded] == [1, 1]
    assert unknown_share(encoded) == 0.5
