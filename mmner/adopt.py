"""What DVC's cache has of an artifact that a stage is about to make again.

DVC deletes a stage's outs before the stage runs, but dvc.lock still names them and DVC's cache still holds them: there
the artifact and its `.rows.parquet` are read. Rows that a colleague computed, brought by `dvc pull` or `dvc fetch`, go
into the store under their fingerprints; an artifact that would come out the same is taken as it is.
"""

from __future__ import annotations

from collections import Counter
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
    if not (found := _found(out, lock)):
        return 0
    artifact, made_of = found
    known, mark = beside or store, "adopted:" + "+".join(sorted(path.parent.name + path.name for path in found))
    if known.get([mark]):
        return 0
    try:
        count = _adopt(store, name, artifact, made_of, known)
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


def same(
    store: Store,
    name: str,
    out: str | Path,
    rows: Iterable[tuple[str, str, str | None]],
    count: int,
    lock: str | Path = "dvc.lock",
) -> tuple[tuple[Path, Path], Counter[tuple[bool, str | None]]] | None:
    """Where DVC's cache has artifact `name`, which dvc.lock knows at `out`, and its `.rows.parquet` with these `rows`.

    rows: `count` of (id, fingerprint, why it is not asked for, if it is not). Those that are asked for have to be in
    `store`: `retry` may have forgotten one. Returns the two files, and how many rows are (asked for, of which error);
    None at the first row that differs.
    """
    if not (found := _found(out, lock)):
        return None
    met: Counter[tuple[bool, str | None]] = Counter()
    try:
        if artifacts.count(found[1], "rows") != count:
            return None
        before = zip(
            artifacts.stream(found[0], name, ["id", "error"]),
            artifacts.stream(found[1], "rows", ["id", "fingerprint"]),
            strict=True,
        )
        for part in _parts(zip(rows, before, strict=True)):
            for (key, fingerprint, skip), (row, cost) in part:
                if (key, key, fingerprint) != (row["id"], cost["id"], cost["fingerprint"]):
                    return None
                if skip and skip != row["error"]:
                    return None
                met[not skip, row["error"]] += 1
            if store.lacks(fingerprint for (_, fingerprint, skip), _ in part if not skip):
                return None
    except (InputError, ValueError):  # written by another version
        return None
    return found, met


def book(out: str | Path) -> Path:
    """Where the `.rows.parquet` of the artifact at `out` is."""
    return Path(out).with_suffix(".rows.parquet")


def _found(out: str | Path, lock: str | Path) -> tuple[Path, Path] | None:
    """Where DVC's cache has the artifact that `lock` knows at `out`, and its `.rows.parquet`; None if it lacks one."""
    locked = outs(Path(lock).read_text(encoding="utf-8")) if Path(lock).is_file() else {}
    digests = [locked.get(path.as_posix()) for path in (Path(out), book(out))]
    if None in digests:
        return None
    artifact, rows = map(cached, digests)
    return (artifact, rows) if artifact.is_file() and rows.is_file() else None


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
