"""What runs and systems were scored on: the rows of a split, of one of them or of several that have to agree.

Reads: `predictions.parquet` of each, and `tag.parquet` of a system.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path

from mmner.base import project
from mmner.base.errors import InputError
from mmner.rows import parquet

SYSTEMS = "systems"  # section of params.yaml, and where systems lie


def place(name: str, runs: Path) -> Path:
    """The folder of the run or system `name`; runs: where runs lie, and systems beside.

    Errors: InputError `unknown-entry`.
    """
    folders = {"runs": runs / name, SYSTEMS: runs.parent / SYSTEMS / name}
    there = [folder for folder in folders.values() if folder.is_dir()]
    if len(there) == 1:  # one of both is what an entry of that name once made
        return there[0]
    known = {section: project.load(check=False).names(section) for section in folders}
    for section, names in known.items():
        if name in names:
            return folders[section]
    if there:
        return there[0]
    some = ", ".join(chain.from_iterable(known.values()))
    raise InputError("unknown-entry", f"no run and no system {name}", where="params.yaml", remedy=f"one of: {some}")


def by_split(folder: Path, splits: Sequence[str]) -> dict[str, list[dict]]:
    """Rows of `predictions` of those of `splits` that the run or system in `folder` was scored on, one or more.

    Errors: InputError `missing-artifact`; `not-scored` where it was scored on none of them.
    """
    path = folder / "predictions.parquet"
    rows = parquet.read(path, "predictions")
    if found := {split: of_split for split in splits if (of_split := [row for row in rows if row["split"] == split])}:
        return found
    remedy = f"name {splits[0]} in splits of its entry in section evaluate, then {_again(folder)}"
    if there := sorted({row["split"] for row in rows}):
        remedy = f"--split {there[0]}, or {remedy}"
    raise InputError("not-scored", f"no post of {' or '.join(splits)} was scored", where=str(path), remedy=remedy)


def of_split(folder: Path, split: str) -> list[dict]:
    """Rows of `predictions` of `split`, of the run or system in `folder`. Errors: those of `by_split`."""
    return by_split(folder, [split])[split]


def the_same(folders: Mapping[str, Path], split: str) -> Iterator[tuple[str, list[dict]]]:
    """(name, rows of `predictions` of `split`) of each run or system; folders: where it lies, by name.

    Errors: those of `by_split`; InputError `other-sentences` where posts or their gold tags are not those of the first,
    in one order.
    """
    first: tuple[str, list] | None = None
    for name, folder in folders.items():
        rows = of_split(folder, split)
        posts = [(row["id"], row["tokens"], row["gold"]) for row in rows]
        first = first or (name, posts)
        if posts != first[1]:
            what = f"{name} was scored on other sentences than {first[0]}, or against other gold tags"
            both = f"{_again(folders[first[0]])}; {_again(folder)}"
            remedy = f"name runs on one corpus, or bring both up to date: {both}"
            raise InputError("other-sentences", what, where=str(folder), remedy=remedy)
        yield name, rows


def unplaced(folder: Path) -> dict[str, list[str]]:
    """By a post's id, the labels that the system in `folder` predicted and no token shows; {} where that is a run's.

    Errors: InputError `missing-artifact`.
    """
    if folder.parent.name != SYSTEMS:
        return {}
    return {row["id"]: row["unplaced"] or [] for row in parquet.read(folder / "tag.parquet", "tag")}


def _again(folder: Path) -> str:
    """The command that scores what lies in `folder` again."""
    return project.repro("tag" if (folder / "tag.parquet").is_file() else "evaluate", folder.name)
