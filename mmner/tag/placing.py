"""Entities that a system names by their text, on the tokens of the post."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from mmner.tag.answers import squeezed


def placed(tokens: Sequence[str], entities: Sequence[tuple[str, str]]) -> tuple[list[str], list[str]]:
    """(IOB2 tags of `tokens`, labels of those of `entities`, (text, label) in the post's order, that have no place).

    An entity stands where whole tokens have its text, blanks apart; if need be, whatever its case. Of several such
    places it takes the first behind the entity before it, else the first that is free. The same entity named again
    where no place is left for it says nothing new.
    """
    borders = token_borders(tokens)
    text = squeezed("".join(tokens))
    found: list[tuple[int, int, str]] = []
    unplaced, behind = [], 0
    for name, label in entities:
        places = _places(text, squeezed(name), *borders)
        free = [place for place in places if all(place[1] <= start or place[0] >= end for start, end, _ in found)]
        if chosen := next((place for place in free if place[0] >= behind), free[0] if free else None):
            found.append((*chosen, label))
            behind = chosen[1]
        elif not any((*place, label) in found for place in places):
            unplaced.append(label)
    tags = ["O"] * len(tokens)
    for start, end, label in found:
        tags[start:end] = [f"B-{label}", *[f"I-{label}"] * (end - start - 1)]
    return tags, unplaced


def token_borders(tokens: Sequence[str]) -> tuple[dict[int, int], dict[int, int]]:
    """In characters without blanks: where a token begins -> which; where one ends -> the one behind it.

    Tokens of blanks alone begin and end nowhere.
    """
    widths = [len(squeezed(token)) for token in tokens]
    filled = [(at, end, width) for at, (end, width) in enumerate(zip(accumulate(widths), widths, strict=True)) if width]
    return {end - width: at for at, end, width in filled}, {end: at + 1 for at, end, _ in filled}


def _places(text: str, name: str, first: dict[int, int], last: dict[int, int]) -> list[tuple[int, int]]:
    """The runs of whole tokens whose characters are `name`. first, last: of `token_borders`."""
    for have, want in ((text, name), (text.casefold(), name.casefold())):
        if len(have) != len(text) or not want:  # a fold that lengthens: places would shift
            continue
        starts = [at for at in range(len(have) - len(want) + 1) if have.startswith(want, at)]
        places = [(first[at], last[at + len(want)]) for at in starts if at in first and at + len(want) in last]
        if places:
            return places
    return []
