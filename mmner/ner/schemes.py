"""Tag schemes: how tags say where an entity begins and ends, and the same in IOB2.

iob2   B- begins, I- goes on
iob1   I- begins and goes on; B- begins where one of the same label ends right before
bioes  B- begins, I- goes on, E- ends, S- is an entity of one token
bilou  B- begins, I- goes on, L- ends, U- is an entity of one token
bmes   B- begins, M- (or I-) goes on, E- ends, S- (or W-) is an entity of one token
io     I-<label>, or the label alone: neighbours of one label are one entity
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mmner.ner import iob

# The letters of each scheme, and what they are in BIOES.
LETTERS = {
    "iob2": {"B": "B", "I": "I"},
    "iob1": {"B": "B", "I": "I"},
    "bioes": {"B": "B", "I": "I", "E": "E", "S": "S"},
    "bilou": {"B": "B", "I": "I", "L": "E", "U": "S"},
    "bmes": {"B": "B", "I": "I", "M": "I", "E": "E", "S": "S", "W": "S"},
    "io": {"I": "I"},
}
SCHEMES = tuple(LETTERS)


@dataclass(frozen=True)
class Chunk:
    """Tokens start..end (end exclusive) of one label. whole: the scheme lets it begin and end as it does."""

    start: int
    end: int
    label: str
    whole: bool = True


def parse(tag: str, scheme: str, labels: Iterable[str] = ()) -> tuple[str, str] | None:
    """`tag` as (letter of BIOES, label), ("O", "") for what is outside; None where it is no tag of `scheme`.

    `-` or `_` stands between letter and label; a letter alone has the label "". In io, a tag that is one of `labels`,
    or begins with no I-, is a label by itself.
    """
    if tag == "O":
        return "O", ""
    letters, letter, label = LETTERS[scheme], tag[:1], tag[2:]
    prefixed = letter in letters and (len(tag) == 1 or (tag[1] in "-_" and label != ""))
    if scheme == "io" and (tag in labels or not prefixed):
        return "I", tag
    return (letters[letter], label) if prefixed else None


def chunks(pairs: Sequence[tuple[str, str]], scheme: str) -> list[Chunk]:
    """The entities of a sentence whose tags are `pairs`, as `parse` gives them."""
    chunks_found: list[Chunk] = []
    start, label, whole = None, "", False
    ends = scheme in ("bioes", "bilou", "bmes")  # an entity that is not ended is none there
    free = scheme in ("iob1", "io")  # I begins one

    def close(end: int, ended: bool = False) -> None:
        nonlocal start
        if start is not None:
            chunks_found.append(Chunk(start, end, label, whole and (ended or not ends)))
        start = None

    for at, (letter, kind) in enumerate(pairs):
        goes_on = start is not None and kind == label
        if letter in "OBS" or not goes_on:
            close(at)
        if letter == "O":
            continue
        if start is None:
            start, label, whole = at, kind, letter in "BS" or free
        if letter in "ES":
            close(at + 1, ended=True)
    close(len(pairs))
    return chunks_found


def renamed(pairs: Sequence[tuple[str, str]], scheme: str, names: Mapping[str, str]) -> list[Chunk]:
    """`chunks` of `pairs` with labels as `names` calls them, without those that it calls O.

    In iob2 tags are renamed one by one; elsewhere entities are, so that two neighbours that get one label stay two.
    """
    if scheme == "iob2":
        pairs = [(letter, names.get(label, label) if letter != "O" else "") for letter, label in pairs]
        return chunks([pair if pair[1] != "O" else ("O", "") for pair in pairs], scheme)
    bare = names.get("", "")
    return [
        Chunk(chunk.start, chunk.end, name, chunk.whole)
        for chunk in chunks([(letter, label or bare) for letter, label in pairs], scheme)
        if (name := names.get(chunk.label, chunk.label)) != "O"
    ]


def written(length: int, entities: Iterable[Chunk]) -> list[str]:
    """IOB2 tags of a sentence of `length` tokens in which a strict reader finds the whole ones of `entities` alone.

    What is not whole has tags of I that continue nothing, for a reader that counts these; O behind a neighbour of its
    label, which it would lengthen.
    """
    tags = ["O"] * length
    for chunk in entities:
        if chunk.whole:
            _fill(tags, chunk, "B")
        elif not chunk.start or not iob.allowed(tags[chunk.start - 1], f"I-{chunk.label}"):
            _fill(tags, chunk, "I")
    return tags


def repaired(length: int, entities: Iterable[Chunk]) -> list[str]:
    """IOB2 tags of a sentence of `length` tokens in which all of `entities` stand, whole or not."""
    tags = ["O"] * length
    for chunk in entities:
        _fill(tags, chunk, "B")
    return tags


def to_iob2(sequence: Sequence[str], scheme: str) -> list[str]:
    """`sequence`, tags of `scheme`, as `written`. Errors: ValueError where a tag is none of the scheme."""
    if scheme == "iob2":
        return list(sequence)
    pairs = [parse(tag, scheme) for tag in sequence]
    if None in pairs:
        raise ValueError(f"{sequence[pairs.index(None)]} is no tag of {scheme}")
    return written(len(pairs), chunks(pairs, scheme))


def from_iob2(sequence: Sequence[str], scheme: str) -> list[str]:
    """IOB2 tags in `scheme`; what is no entity to a strict reader is O. io can't tell neighbours of one label apart."""
    names = {bioes: letter for letter, bioes in reversed(LETTERS[scheme].items())}
    if scheme == "bmes":
        names["I"] = "M"
    tags, last = ["O"] * len(sequence), (-1, "")
    for start, end, label in iob.spans(sequence):
        inner = names["I"]
        first = names.get("B", "I")
        if scheme == "iob1" and last != (start, label):
            first = "I"
        tags[start:end] = [f"{first}-{label}", *[f"{inner}-{label}"] * (end - start - 1)]
        if "E" in names:
            tags[end - 1] = f"{names['S' if end - start == 1 else 'E']}-{label}"
        last = end, label
    return tags


def looks_like(sequences: Iterable[Sequence[str]], labels: Iterable[str] = ()) -> str | None:
    """The scheme that the tags of `sequences` show; None where there are none but O, or they show no scheme at all.

    iob1 where no entity but a neighbour of its like begins with B; that reads io of I- alone as well.
    """
    letters, bare, shown, proper, orphans = set(), 0, 0, False, False
    known = frozenset(labels)
    for sequence in sequences:
        before = None
        for tag in sequence:
            if tag != "O":
                shown += 1
                pair = (
                    (tag[0], tag[2:]) if tag[:1] in "BIESLUMW" and (tag[1:2] in ("-", "_") or len(tag) == 1) else None
                )
                if pair is None or tag in known:
                    bare += 1
                    before = None
                    continue
                letters.add(pair[0])
                follows = before is not None and before[1] == pair[1]
                proper = proper or (pair[0] == "B" and not follows)
                orphans = orphans or (pair[0] == "I" and not follows)
                before = pair
            else:
                before = None
    if not shown:
        return None
    if bare > shown / 2:
        return "io"
    if letters & {"L", "U"} and not letters & {"E", "S", "M", "W"}:
        return "bilou"
    if letters & {"M", "W"}:
        return "bmes"
    if letters & {"E", "S"}:
        return "bioes"
    return "iob1" if orphans and not proper else "iob2"


def _fill(tags: list[str], chunk: Chunk, first: str) -> None:
    tags[chunk.start : chunk.end] = [f"{first}-{chunk.label}", *[f"I-{chunk.label}"] * (chunk.end - chunk.start - 1)]
