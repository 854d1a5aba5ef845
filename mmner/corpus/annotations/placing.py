"""Spans of a text as tags of its tokens."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from mmner.base.errors import InputError
from mmner.corpus.annotations.posts import Span
from mmner.ner.tokenizers import Token


@dataclass
class Placed:
    """IOB2 tags. kept: how many spans met the tokens' borders; snapped, dropped: a line about each other one."""

    tags: list[str]
    kept: int = 0
    snapped: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)


def place(text: str, spans: Sequence[Span], tokens: Sequence[Token], where: str) -> Placed:
    """`spans` of `text` on its `tokens`: outward to their borders; of those that share a token the longest stays.

    Errors: InputError `bad-span` where none of the tokens is in a span.
    """
    placed = Placed(["O"] * len(tokens))
    taken: list[Span | None] = [None] * len(tokens)
    starts, ends = [token.start for token in tokens], [token.end for token in tokens]
    order = sorted(range(len(spans)), key=lambda at: (spans[at].start - spans[at].end, spans[at].start, at))
    for span in (spans[at] for at in order):
        first, last = bisect_right(ends, span.start), bisect_left(starts, span.end)  # the tokens that it touches
        said = f"{text[span.start : span.end]!r} {span.label}"
        if first >= last:
            what = f"no token is in the span {said} from {span.start} to {span.end}"
            raise InputError("bad-span", what, where=where, remedy="leave the file's tokens out, or choose --tokenizer")
        if other := next((one for one in taken[first:last] if one), None):
            same = (span.start, span.end) == (other.start, other.end)
            why = "is there already as" if same else "shares a token with"
            placed.dropped.append(f"{said} left out: it {why} {text[other.start : other.end]!r} {other.label}")
            continue
        taken[first:last] = [span] * (last - first)
        placed.tags[first:last] = [f"B-{span.label}", *[f"I-{span.label}"] * (last - first - 1)]
        if (starts[first], ends[last - 1]) == (span.start, span.end):
            placed.kept += 1
        else:
            placed.snapped.append(f"{said} became {text[starts[first] : ends[last - 1]]!r}")
    return placed
