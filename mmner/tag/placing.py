"""Entities that a system names by their text, on the tokens of the post."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import accumulate

from mmner.tag.answers import squeezed


def _decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def _caseless(text: str) -> str:
    return _decomposed(_decomposed(text).casefold())


FORMS = (str, _decomposed, _caseless)  # in which texts are compared: the first that finds anything


def placed(tokens: Sequence[str], entities: Sequence[tuple[str, str]]) -> tuple[list[str], list[str]]:
    """(IOB2 tags of `tokens`, labels of those of `entities`, (text, label) in the post's order, that have no place).

    An entity stands where whole tokens have its text, blanks apart; if need be, whatever its form of Unicode and its
    case. Of several such places it takes the first behind the entity before it, else the first that is free. The same
    entity named again where no place is left for it says nothing new.
    """
    readings = [[form(squeezed(token)) for token in tokens] for form in FORMS]
    readings = [("".join(reading), *token_borders(reading)) for reading in readings]
    found: list[tuple[int, int, str]] = []
    unplaced, behind = [], 0
    for name, label in entities:
        wanted = [form(squeezed(name)) for form in FORMS]
        found_in = (list(_places(want, *reading)) for want, reading in zip(wanted, readings, strict=True))
        places = next(filter(None, found_in), [])
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


def _places(name: str, text: str, first: dict[int, int], last: dict[int, int]) -> Iterator[tuple[int, int]]:
    """The runs of whole tokens of `text` whose characters are `name`. first, last: of `token_borders`."""
    for at in first if name else ():
        end = at + len(name)
        if end in last and text.startswith(name, at):
            yield first[at], last[end]
