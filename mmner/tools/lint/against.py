"""What two corpora share, or the splits of one: texts, nearly the same texts, images to the byte.

Reads: the split files and images of both. Writes: nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, islice
from pathlib import Path

from mmner.base.errors import InputError
from mmner.corpus import reader, split_files
from mmner.corpus.params import Corpus
from mmner.ner import duplicates

FIRST = 5  # pairs that are shown of each two splits
WIDTH = 46


@dataclass(frozen=True)
class Posts:
    """A split: its rows as of `examples`, and their texts as they are compared."""

    name: str
    rows: list[dict]
    texts: list[str]

    @property
    def digest(self) -> str:
        return duplicates.digest((row["tokens"], row["image_sha256"]) for row in self.rows)


@dataclass(frozen=True)
class Shared:
    """Posts of `first` that `second` has too. same, near: by text; images: by the image's bytes. pairs: the most alike
    first, (similarity, row, row)."""

    first: Posts
    second: Posts
    same: int
    near: int
    images: int
    pairs: list[tuple[float, dict, dict]]


def read(raw: Path, corpus: Corpus) -> list[Posts]:
    """The splits of the corpus in folder `raw`. Errors: InputError `missing-corpus`, those of its files."""
    if not raw.is_dir():
        raise InputError("missing-corpus", "no such folder", where=str(raw), remedy="put the corpus there")
    splits = []
    for name, file in corpus.splits.files().items():
        posts = islice(split_files.open_split(raw / file, file).posts(), corpus.limit)
        rows = [reader.example("", name, post, corpus) for post in posts]
        reader.look(rows, raw, corpus)
        splits.append(Posts(name, rows, [duplicates.normal(row["tokens"]) for row in rows]))
    return splits


def shared(first: Posts, second: Posts, least: float = duplicates.NEAR) -> Shared:
    best: dict[int, duplicates.Pair] = {}
    for pair in duplicates.pairs(first.texts, second.texts, least):
        if pair.first not in best or pair.similarity > best[pair.first].similarity:
            best[pair.first] = pair
    known = {row["image_sha256"] for row in second.rows} - {None}
    alike = sorted(best.values(), key=lambda pair: (-pair.similarity, pair.first))
    return Shared(
        first,
        second,
        sum(pair.similarity == 1 for pair in alike),
        sum(pair.similarity < 1 for pair in alike),
        sum(row["image_sha256"] in known for row in first.rows),
        [(pair.similarity, first.rows[pair.first], second.rows[pair.second]) for pair in alike],
    )


def report(name: str, splits: Sequence[Posts], other: str, others: Sequence[Posts], least: float) -> str:
    """What each split of `name` shares with each of `other`, counted and the first of it shown."""
    lines = [f"{name} against {other}: posts whose text stands there, or nearly (Jaccard index {least:g} or more)", ""]
    lines.append(_row("", ["posts", "same text", "nearly", "same image"]))
    two = [(first, second) for first in splits for second in others]
    if name == other:  # each two splits once
        two = [*combinations(splits, 2)]
    found = [shared(first, second, least) for first, second in two]
    for one in found:
        label = f"  {one.first.name} in {one.second.name} of {other}"
        lines.append(_row(label, [len(one.first.rows), one.same, one.near, one.images]))
    lines += ["", *digests(name, splits), *(digests(other, others) if name != other else ())]
    for one in found:
        if one.pairs:
            lines += ["", f"{name} {one.first.name}, {other} {one.second.name}:"]
            lines += [line for pair in one.pairs[:FIRST] for line in _shown(*pair)]
            lines += [f"  and {len(one.pairs) - FIRST:,} more"] if len(one.pairs) > FIRST else []
    return "\n".join(lines)


def digests(name: str, splits: Sequence[Posts]) -> list[str]:
    """The digest of each split, as a run's metrics have those of dev and test."""
    return [f"{name} {split.name}: digest {split.digest}" for split in splits]


def dev_and_test(splits: Sequence[Posts]) -> list[str]:
    """Whether dev and test of one corpus are two; [] where one of them is not there."""
    of = {split.name: split for split in splits}
    if not {"dev", "test"} <= of.keys():
        return []
    one = shared(of["dev"], of["test"])
    lines = [_row("dev and test", ["posts", "same text", "nearly", "same image"])]
    lines.append(_row("  dev in test", [len(one.first.rows), one.same, one.near, one.images]))
    if one.first.digest == one.second.digest:
        lines.append("  dev and test are the same posts: weights that dev chooses are chosen on test")
    return [*lines, *(f"  digest of {name} {of[name].digest}" for name in ("dev", "test"))]


def _row(label: str, values: Sequence[object]) -> str:
    return f"{label:{WIDTH}}" + "".join(
        f"{value:>14,}" if isinstance(value, int) else f"{value:>14}" for value in values
    )


def _shown(similarity: float, row: dict, other: dict) -> list[str]:
    texts = [f"{' '.join(one['tokens'])[:90]!r} ({one['source']})" for one in (row, other)]
    head = "  same  " if similarity == 1 else f"  {similarity:.2f}  "
    return [head + texts[0], " " * len(head) + texts[1]]
