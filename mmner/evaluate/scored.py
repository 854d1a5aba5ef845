"""What runs and systems were scored on, one after the other, where it has to be the same.

Reads: `predictions.parquet` of each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from mmner.base import project
from mmner.base.errors import InputError
from mmner.rows import parquet


def of_split(folders: Mapping[str, Path], split: str) -> Iterator[tuple[str, list[dict]]]:
    """(name, rows of `predictions` of `split`) of each run or system; folders: where it lies, by name.

    Errors: InputError `missing-artifact`; `no-split`; `other-sentences` where posts or their gold tags are not those of
    the first, in one order.
    """
    first: tuple[str, list] | None = None
    for name, folder in folders.items():
        path = folder / "predictions.parquet"
        rows = [row for row in parquet.read(path, "predictions") if row["split"] == split]
        if not rows:
            remedy = f"name {split} in splits of the run's entry in section evaluate, then {_again(name)}"
            raise InputError("no-split", f"no post of {split}", where=str(path), remedy=remedy)
        posts = [(row["id"], row["tokens"], row["gold"]) for row in rows]
        first = first or (name, posts)
        if posts != first[1]:
            what = f"{name} was scored on other sentences than {first[0]}, or against other gold tags"
            remedy = f"name runs on one corpus, or bring them up to date: {_again(name)}"
            raise InputError("other-sentences", what, where=str(path), remedy=remedy)
        yield name, rows


def _again(name: str) -> str:
    return project.repro("evaluate", name)
