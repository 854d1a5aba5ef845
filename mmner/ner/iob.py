"""IOB2 tags: spans, violations, repair, and which tag may follow which.

A tag is `O`, `B-<label>` or `I-<label>`; an entity starts with B and goes on with I of the same label.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def tags(labels: Iterable[str]) -> list[str]:
    """The tag inventory of `labels`, `O` first: ["O", "B-PER", "I-PER", ...]."""
    return ["O", *(f"{prefix}-{label}" for label in labels for prefix in "BI")]


def split(tag: str) -> tuple[str, str]:
    """`tag` as (prefix, label): ("B", "PER"), and ("O", "") for what is outside."""
    prefix, _, label = tag.partition("-")
    return prefix, label


def allowed(previous: str, following: str) -> bool:
    """Whether tag `following` may come right after tag `previous`."""
    prefix, label = split(following)
    return prefix != "I" or (split(previous)[0] != "O" and split(previous)[1] == label)


def allowed_start(inventory: Sequence[str]) -> list[bool]:
    """Which tags of `inventory` a sentence may start with: all but those of I."""
    return [allowed("O", tag) for tag in inventory]


def allowed_transitions(inventory: Sequence[str]) -> list[list[bool]]:
    """`[i][j]`: whether tag j of `inventory` may follow tag i."""
    return [[allowed(previous, following) for following in inventory] for previous in inventory]


def violations(sequence: Sequence[str]) -> list[int]:
    """Positions of tags of I that continue nothing of their label."""
    return [at for at, pair in enumerate(zip(["O", *sequence], sequence, strict=False)) if not allowed(*pair)]


def repair(sequence: Sequence[str]) -> list[str]:
    """`sequence` with each I that continues nothing turned into B: the entity stays, and starts there."""
    wrong = set(violations(sequence))
    return [f"B-{split(tag)[1]}" if at in wrong else tag for at, tag in enumerate(sequence)]


def spans(sequence: Sequence[str]) -> list[tuple[int, int, str]]:
    """Entities of `sequence`, strictly read: (start, end, label), end exclusive.

    An I that continues nothing starts no entity, as in seqeval's mode="strict", scheme=IOB2.
    """
    entities: list[tuple[int, int, str]] = []
    start, current = None, ""
    for at, tag in enumerate([*sequence, "O"]):
        prefix, label = split(tag)
        if start is not None and not (prefix == "I" and label == current):
            entities.append((start, at, current))
            start = None
        if prefix == "B":
            start, current = at, label
    return entities
