"""Invented names that could belong to a person, a place or an organisation alike."""

from __future__ import annotations

import random

_HEADS = (
    "Mar Tess Bright Hollo Wex Aber Cal Dun Elder Fen Gar Hal Iver Jor Kel Lan Mor Nor Oak Pen Quil Raven Sel Thorn "
    "Ulver Ven Wil Yar Ash Brom Corm Dray Esk Farrow Glen Haver Ink Jessa Kirr Lorn Mell Nettle Orrin Pell Rosk Sorrel "
    "Tam Under Vesper Winter Yew Zell Amber Birch Copper Dell Ember Frost Grim Hazel"
)
_TAILS = "low aly water ley wick mere by ford combe wen dale ine ora ham ard rick ette una mont ridge bury"
_SECONDS = "Finch Reed Vale Heath Rivers Woods Banks Fields Stone Cross Park Marsh Lake Moor Hart Fox"
SPLITS = ("train", "dev", "test")


def names() -> dict[str, list[str]]:
    """Split -> names, and "other" -> names of articles that no post is about. A first word occurs under one key.

    A quarter of the names has a second word, from a list that all splits share.
    """
    rng = random.Random("names")
    firsts = [head + tail for head in _HEADS.split() for tail in _TAILS.split() if head[-1] != tail[0]]
    rng.shuffle(firsts)
    shares = {"train": 260, "dev": 60, "test": 140, "other": 200}
    names_by_split, start = {}, 0
    for split, count in shares.items():
        part = firsts[start : start + count]
        names_by_split[split] = [
            f"{first} {rng.choice(_SECONDS.split())}" if rng.random() < 0.25 else first for first in part
        ]
        start += count
    return names_by_split
