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


def into(store: Store, name: str, out: str | Path, lock: str | Path = "dvc.lock") -> int:
    """Put the rows of artifact `name`, which dvc.lock knows at path `out`, into `store`; returns how many it put.

    Rows with an error are left out: they are asked again. Nothing happens where lock, cache or rows are not there.
    """
    out = Path(out)
    digests = _digests(Path(lock), {out.as_posix(), out.with_suffix(".rows.parquet").as_posix()})
    if len(digests) < 2:
        return 0
    artifact, book = (_cached(digests[path.as_posix()]) for path in (out, out.with_suffix(".rows.parquet")))
    mark = "adopted:" + "+".join(sorted(digests.values()))
    if not (artifact.is_file() and book.is_file()) or store.get([mark]):
        return 0
    try:
        count = _adopt(store, name, artifact, book)
    except (InputError, ValueError):  # written by another version: its rows are of no use here
        return 0
    store.put({mark: {}})
    return count


def _adopt(store: Store, name: str, artifact: Path, book: Path) -> int:
    """The artifact is read only where the store lacks one of its rows: mostly it is one that was made here."""
    prints = (cost["fingerprint"] for cost in artifacts.stream(book, "rows", ["fingerprint"]))
    if not any(store.lacks(part) for part in _parts(prints)):
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


def _digests(lock: Path, wanted: set[str]) -> dict[str, str]:
    """md5 of the outs at paths `wanted`, as dvc.lock records them."""
    if not lock.is_file():
        return {}
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    stages = (yaml.load(lock.read_text(encoding="utf-8"), Loader=loader) or {}).get("stages") or {}
    outs = (out for stage in stages.values() for out in stage.get("outs") or [])
    return {out["path"]: out["md5"] for out in outs if out["path"] in wanted and "md5" in out}


def _cached(md5: str) -> Path:
    return cache_folder() / "files" / "md5" / md5[:2] / md5[2:]
