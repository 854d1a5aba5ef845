"""What two corpora share, or the splits of one: texts, nearly the same texts, images to the byte.

Reads: the split files and images of both. Writes: nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, islice
from pathlib import Path

from mmner.base import project
from mmner.base.errors import InputError
from mmner.corpus import reader, split_files
from mmner.corpus.params import Corpus
from mmner.evaluate import distinct
from mmner.ner import duplicates
from mmner.tools import catalogue

FIRST = 5  # pairs that are shown of each two splits
WIDTH = 46


@dataclass(frozen=True)
class Posts:
    """A split: its rows as of `examples`."""

    name: str
    rows: list[dict]

    @property
    def digest(self) -> str:
        return duplicates.digest_of(self.rows)


def read(raw: Path, corpus: Corpus) -> list[Posts]:
    """The splits of the corpus in folder `raw`. Errors: InputError `missing-corpus`, those of its files."""
    check_there(raw)
    splits = []
    for name, file in corpus.splits.files().items():
        posts = islice(split_files.open_split(raw / file, file).posts(), corpus.limit)
        rows = [reader.example("", name, post, corpus) for post in posts]
        reader.look(rows, raw, corpus)
        splits.append(Posts(name, rows))
    return splits


def check_there(raw: Path) -> None:
    """Errors: InputError `missing-corpus` where `raw`, called as its corpus, is no folder, with what brings it."""
    if raw.is_dir():
        return
    name, remedy = raw.name, "put the corpus there"
    entry = catalogue.load(name) if name in catalogue.names() else None
    if name == "sample":
        remedy = "dvc repro sample"
    elif entry and entry.folder == name:
        remedy = f"python -m mmner corpus get {name}"
    elif entry or name in project.readable()[0].names("images"):
        added = f"python -m mmner corpus add {name}; then " if entry else ""
        remedy = f"{added}{project.repro('images', name, 'images')}, which makes it"
    raise InputError("missing-corpus", "no such folder", where=str(raw), remedy=remedy)


def shared(first: Posts, second: Posts, least: float = duplicates.NEAR) -> duplicates.Shared:
    return duplicates.shared(first.rows, second.rows, least)


def report(name: str, splits: Sequence[Posts], other: str, others: Sequence[Posts], least: float) -> str:
    """What each split of `name` shares with each of `other`, counted and the first of it shown."""
    lines = [f"{name} against {other}: posts whose text stands there, or nearly (Jaccard index {least:g} or more)", ""]
    lines.append(_row("", ["posts", "same text", "nearly", "same image"]))
    two = [(first, second) for first in splits for second in others]
    if name == other:  # each two splits once
        two = [*combinations(splits, 2)]
    found = [(first, second, shared(first, second, least)) for first, second in two]
    for first, second, one in found:
        label = f"  {first.name} in {second.name} of {other}"
        lines.append(_row(label, [len(first.rows), one.same, one.near, one.images]))
    lines += ["", *digests(name, splits), *(digests(other, others) if name != other else ())]
    for first, second, one in found:
        if one.pairs:
            lines += ["", f"{name} {first.name}, {other} {second.name}:"]
            lines += [line for pair in one.pairs[:FIRST] for line in _shown(pair, first.rows, second.rows)]
            lines += [f"  and {len(one.pairs) - FIRST:,} more"] if len(one.pairs) > FIRST else []
    return "\n".join(lines)


def digests(name: str, splits: Sequence[Posts]) -> list[str]:
    """The digest of each split, as a run's metrics have those of dev and test."""
    return [f"{name} {split.name}: digest {split.digest}" for split in splits]


def dev_and_test(splits: Sequence[Posts]) -> list[str]:
    """Whether dev and test of one corpus are two; [] where one of them is not there."""
    of = {split.name: split.rows for split in splits if split.name in distinct.SPLITS}
    if len(of) < len(distinct.SPLITS):
        return []
    proof = distinct.of_rows([row for rows in of.values() for row in rows])
    counts = [proof.get(name, 0) for name in ("same_texts", "near_texts", "same_images")]
    lines = [_row("dev and test", ["posts", "same text", "nearly", "same image"])]
    lines.append(_row("  dev in test", [len(of["dev"]), *counts]))
    if distinct.same(proof):
        lines.append(f"  {distinct.SAME}")
    return [*lines, *(f"  digest of {name} {proof[f'digest_{name}']}" for name in distinct.SPLITS if of[name])]


def _row(label: str, values: Sequence[object]) -> str:
    return f"{label:{WIDTH}}" + "".join(
        f"{value:>14,}" if isinstance(value, int) else f"{value:>14}" for value in values
    )


def _shown(pair: duplicates.Pair, rows: Sequence[dict], others: Sequence[dict]) -> list[str]:
    both = rows[pair.first], others[pair.second]
    texts = [f"{' '.join(one['tokens'])[:90]!r} ({one['source']})" for one in both]
    head = "  same  " if pair.similarity == 1 else f"  {pair.similarity:.2f}  "
    return [head + texts[0], " " * len(head) + texts[1]]
