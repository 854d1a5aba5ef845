"""Rows that a colleague computed, taken from artifacts that `dvc pull` or `dvc fetch` brought.

DVC deletes a stage's outs before the stage runs, but dvc.lock still names them and DVC's cache still holds them: there
the artifact and its `.rows.parquet` are read, and their rows go into the store under their fingerprints.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import yaml

from mmner import artifacts
from mmner.errors import InputError
from mmner.store import Row, Store, cache_folder


def into(
    store: Store, name: str, out: str | Path, lock: str | Path = "dvc.lock", *, beside: Store | None = None
) -> int:
    """Put the rows of artifact `name`, which dvc.lock knows at path `out`, into `store`; returns how many it put.

    Rows with an error are left out: they are asked again. Nothing happens where lock, cache or rows are not there.
    `beside`: a store whose rows are known as well, and need not be put.
    """
    out = Path(out)
    locked = outs(Path(lock).read_text(encoding="utf-8")) if Path(lock).is_file() else {}
    digests = [locked.get(path.as_posix()) for path in (out, out.with_suffix(".rows.parquet"))]
    if None in digests:
        return 0
    artifact, book = map(cached, digests)
    known, mark = beside or store, "adopted:" + "+".join(sorted(digests))
    if not (artifact.is_file() and book.is_file()) or known.get([mark]):
        return 0
    try:
        count = _adopt(store, name, artifact, book, known)
    except (InputError, ValueError):  # written by another version: its rows are of no use here
        return 0
    store.put({mark: {}})
    return count


def _adopt(store: Store, name: str, artifact: Path, book: Path, known: Store) -> int:
    """The artifact is read only where `known` lacks one of its rows: mostly it is one that was made here."""
    prints = (cost["fingerprint"] for cost in artifacts.stream(book, "rows", ["fingerprint"]))
    if not any(known.lacks(part) for part in _parts(prints)):
        return 0
    count = 0
    for part in _parts(zip(artifacts.stream(artifact, name), artifacts.stream(book, "rows"), strict=True)):
        found = {}
        for row, cost in part:
            if row["error"] is None:
                value = {column: row[column] for column in row if column not in ("id", "error")}
                spent = (cost[column] or 0 for column in ("seconds", "tokens", "money"))
                found[cost["fingerprint"]] = Row(artifacts.arrays(name, value), None, *spent)
        store.add(name, found)
        count += len(found)
    return count


def _parts(rows: Iterable) -> Iterator[list]:
    rows = iter(rows)
    while part := list(islice(rows, artifacts.GROUP)):
        yield part


def outs(lock: str) -> dict[str, str]:
    """md5 by path of the files that `lock`, the text of a dvc.lock, says stages wrote."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    stages = (yaml.load(lock, Loader=loader) or {}).get("stages") or {}
    return {out["path"]: out["md5"] for stage in stages.values() for out in stage.get("outs") or [] if "md5" in out}


def cached(md5: str) -> Path:
    """Where DVC's cache has the file of digest `md5`, if it has it."""
    return cache_folder() / "files" / "md5" / md5[:2] / md5[2:]
