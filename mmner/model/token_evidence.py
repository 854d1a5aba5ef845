"""What the other stages say of each token of a sentence: the names that they find there, of which coarse kind.

A pure function of the row, without network. Each source has marks of its own, and those of several add up in the model
(`mmner.model.fused`): a chain's findings, candidates, kept facts, the expressions of regions, the caption, word shape.
"""

from __future__ import annotations

from collections.abc import Iterable

from mmner.model.params import TokenEvidence
from mmner.ner.findings import findings
from mmner.ner.kinds import KINDS, kind, predicate
from mmner.ner.mentions import Mentions

SHAPES = ("other", "lower", "capitalised", "capital", "upper", "mixed", "number", "number and letters", "punctuation")
NOTHING = 0
Named = tuple[int, int, str]  # start and end of a span, end exclusive, in tokens, and its kind


def size(source: str) -> int:
    """How many marks `source` has, NOTHING among them."""
    return 1 + (len(SHAPES) if source == "shape" else 2 * len(KINDS))


def mark(of_kind: str, *, begins: bool) -> int:
    """The mark of a token in a name of kind `of_kind`: 1, 3, … where the name begins, 2, 4, … inside."""
    return 1 + 2 * KINDS.index(of_kind) + (not begins)


def token_evidence(row: dict, switches: TokenEvidence) -> list[list[int]]:
    """The marks of each token of `row`, a number a source of `switches`, in their order; [] with none on.

    `row`: tokens, and what the sources need of steps, spans, facts, regions and caption, as artifacts hold them.
    """
    if not switches.sources:
        return []
    tokens = row["tokens"]
    mentions = Mentions(tokens)
    columns = []
    for source in switches.sources:
        if source == "shape":
            columns.append([1 + SHAPES.index(shape(token)) for token in tokens])
        else:
            columns.append(_marks(len(tokens), _NAMED[source](row, mentions)))
    return [list(marks) for marks in zip(*columns, strict=True)]


def shape(token: str) -> str:
    """The shape, of SHAPES, of a token; other is of letters without case."""
    letters = [character for character in token if character.isalpha()]
    digits = sum(character.isdigit() for character in token)
    if not letters:
        return "number" if digits else "punctuation"
    if digits:
        return "number and letters"
    if not any(character.isupper() or character.islower() for character in letters):
        return "other"
    if all(character.islower() for character in letters):
        return "lower"
    if all(character.isupper() for character in letters):
        return "capital" if len(letters) == 1 else "upper"
    return "capitalised" if letters[0].isupper() and not any(map(str.isupper, letters[1:])) else "mixed"


def _marks(n: int, named: Iterable[Named]) -> list[int]:
    """One mark a token. Of overlapping names the longest counts; of two at one place the first with a known kind."""
    marks = [NOTHING] * n
    for start, end, of_kind in sorted(named, key=lambda one: (one[0] - one[1], one[2] == KINDS[0])):
        if not any(marks[start:end]):
            marks[start:end] = [mark(of_kind, begins=at == start) for at in range(start, end)]
    return marks


def _of_chain(row: dict, mentions: Mentions) -> list[Named]:
    found = findings([step["text"] for step in row["steps"] or ()])
    return [(*span, kind(one.description)) for one in found for span in mentions.nearest(one.name)]


def _of_candidates(row: dict, mentions: Mentions) -> list[Named]:
    return [(span["start"], span["end"], KINDS[0]) for span in row["spans"] or ()]


def _of_facts(row: dict, mentions: Mentions) -> list[Named]:
    kept = [fact for fact in row["facts"] or () if fact["kept"]]
    return [(*span, kind(predicate(fact["summary"]))) for fact in kept for span in mentions.find(fact["candidate"])]


def _of_regions(row: dict, mentions: Mentions) -> list[Named]:
    texts = dict.fromkeys(region["expression"] or region["label"] for region in row["regions"] or ())
    return [(*span, kind(text)) for text in texts for span in mentions.shared(text)]


def _of_caption(row: dict, mentions: Mentions) -> list[Named]:
    return [(*span, KINDS[0]) for span in mentions.shared(row["caption"] or "")]


_NAMED = {
    "chain": _of_chain,
    "candidates": _of_candidates,
    "facts": _of_facts,
    "regions": _of_regions,
    "caption": _of_caption,
}
