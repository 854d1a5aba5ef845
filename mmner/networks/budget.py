"""Which extra texts of a sentence get how many word pieces: one budget, in this one place.

A kind of text has at most its length, and all together at most the room that the sentence leaves. Where that is less,
short kinds are kept whole, and the others share the rest. Within a kind names come first, each in its turn; then the
texts share what is left, piece by piece in turn, so that the last step of a chain and the last fact reach the model.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from mmner.base.params import Natural, Params

if TYPE_CHECKING:
    from mmner.networks.windows import Encoded


NAMES = "names"  # counted beside the kinds


class Lengths(Params):
    """The most word pieces of each kind of extra text that reach the encoder. The sentence is never cut."""

    knowledge: Natural = 96
    caption: Natural = 48
    chain: Natural = 160


class Extra(NamedTuple):
    """An extra text, which [SEP] ends: a name that is said before any text, or "", and texts that share the room."""

    kind: str
    texts: tuple[str, ...]
    name: str = ""

    def content(self) -> list[str]:
        """As JSON for a key: its kind, its name where it has one, its texts."""
        return [self.kind, *([self.name] if self.name else []), *self.texts]


@dataclass(frozen=True)
class Pieces:
    """An Extra as word pieces."""

    kind: str
    texts: list[list[int]]
    name: list[int]

    @property
    def size(self) -> int:
        return len(self.name) + sum(map(len, self.texts))


class Fitted(NamedTuple):
    """extras: (kind, pieces without [SEP]) of those that got any. given, wanted: pieces by kind; by "names" how many
    names, of which given are those with all their pieces."""

    extras: list[tuple[str, list[int]]]
    given: Counter[str]
    wanted: Counter[str]


def fit(extras: Sequence[Pieces], lengths: Lengths, room: int) -> Fitted:
    """`extras` cut to `lengths`, and to `room` pieces together, each one's [SEP] among them."""
    kinds = list(dict.fromkeys(extra.kind for extra in extras))
    needs = []
    for kind in kinds:
        sizes = [extra.size for extra in extras if extra.kind == kind and extra.size]
        limit = min(sum(sizes), getattr(lengths, kind))
        needs.append(limit + len(sizes) if limit else 0)
    rooms = dict(zip(kinds, shares(needs, room), strict=True))
    fitted = Fitted([], Counter(), Counter())
    cut = {
        kind: _fit([extra for extra in extras if extra.kind == kind], getattr(lengths, kind), rooms[kind])
        for kind in kinds
    }
    for extra in extras:
        name, texts = cut[extra.kind].pop(0)
        ids = [*name, *(piece for text in texts for piece in text)]
        if ids:
            fitted.extras.append((extra.kind, ids))
        fitted.given[extra.kind] += len(ids)
        fitted.wanted[extra.kind] += extra.size
        if extra.name:
            fitted.wanted[NAMES] += 1
            fitted.given[NAMES] += len(name) == len(extra.name)
    return fitted


def shares(wanted: Sequence[int], room: int) -> list[int]:
    """`room` shared by those who want so much each: nobody gets more than he wants, and what one leaves, others get.

    What can't be shared evenly goes to those who want most, of equals to the first.
    """
    given = [0] * len(wanted)
    for place, number in enumerate(sorted(range(len(wanted)), key=lambda number: (wanted[number], -number))):
        given[number] = min(wanted[number], room // (len(wanted) - place))
        room -= given[number]
    return given


def _fit(extras: Sequence[Pieces], length: int, room: int) -> list[tuple[list[int], list[list[int]]]]:
    """(name, texts) of each of the extras of one kind, cut to `length` pieces, and to `room` with [SEP]s.

    A text about a name that is not said gets nothing.
    """
    names, about = [], []
    for extra in extras:
        name = extra.name[: max(min(length, room - 1), 0)]
        names.append(name)
        said = bool(name) or not extra.name
        about.append(extra.texts if said else [[] for _ in extra.texts])
        if said:
            length, room = length - len(name), room - len(name) - (extra.size > 0)
    texts = [text for of_extra in about for text in of_extra]
    given = iter(shares(list(map(len, texts)), max(min(length, room), 0)))
    return [(name, [text[: next(given)] for text in of_extra]) for name, of_extra in zip(names, about, strict=True)]


def cuts(encoded: Iterable[Encoded]) -> str:
    """What the lengths cut off `encoded`, by kind, as one line; "" where nothing was cut."""
    given: Counter[str] = Counter()
    wanted: Counter[str] = Counter()
    posts: Counter[str] = Counter()
    for one in encoded:
        given.update(one.given)
        wanted.update(one.wanted)
        posts.update(kind for kind, pieces in one.wanted.items() if one.given[kind] < pieces)
    unit = dict.fromkeys(wanted, "word pieces of ") | {NAMES: ""}
    return ", ".join(
        f"{wanted[kind] - given[kind]} of {wanted[kind]} {unit[kind]}{kind} (in {posts[kind]} posts)"
        for kind in wanted
        if posts[kind]
    )
