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

from mmner.base.dvc_files import cache_path, lock_of, locked_outs
from mmner.base.errors import InputError
from mmner.rows import parquet, schemas
from mmner.rows.store import Row, Store

NOT_STORED = "not stored"  # no row's error


def import_rows(
    store: Store, name: str, out: str | Path, lock: str | Path | None = None, *, beside: Store | None = None
) -> int:
    """Put the rows of artifact `name`, which dvc.lock knows at path `out`, into `store`; returns how many were put.

    Nothing happens where lock, cache or rows are not there.
    `beside`: a store whose rows are known as well, and need not be put.
    """
    if not (files := _cached_files(out, lock)):
        return 0
    known, mark = beside or store, "adopted:" + "+".join(sorted(path.parent.name + path.name for path in files))
    if known.get([mark]):
        return 0
    try:
        count = _import(store, name, *files, known)
    except (InputError, ValueError):  # written by another version: its rows are of no use here
        return 0
    store.put({mark: {}})
    return count


def _import(store: Store, name: str, artifact: Path, provenance: Path, known: Store) -> int:
    """Store the rows of `artifact` that `known` lacks; values are read only if there are any. Returns how many."""
    errors = parquet.stream(artifact, name, ["error"])
    costs = parquet.stream(provenance, "rows", ["fingerprint", "seconds"])
    if not any(_news(part, known) for part in _parts(zip(errors, costs, strict=True))):
        return 0
    count = 0
    whole = zip(parquet.stream(artifact, name), parquet.stream(provenance, "rows"), strict=True)
    for part in _parts(whole, schemas.chunk(name)):
        fresh = {}
        for row, cost in _news(part, known):
            value = {column: row[column] for column in schemas.answer_columns(name)}
            spent = (cost[column] or 0 for column in ("seconds", "tokens", "money"))
            answer = None if row["error"] else parquet.arrays(name, value)
            fresh[cost["fingerprint"]] = Row(answer, row["error"], *spent)
        store.add(name, fresh, overwrite_errors=True)
        count += len(fresh)
    return count


def _news(part: list[tuple[dict, dict]], known: Store) -> list[tuple[dict, dict]]:
    """Those (row, its cost) of `part` that `known` lacks, and values of which it has but an error.

    A row that was not asked has an error about its maker's files or limits: it is never news. Nor is an error that
    `retry` forgot.
    """
    asked = [(row, cost) for row, cost in part if was_computed(cost)]
    stored = known.errors(cost["fingerprint"] for _, cost in asked)
    again = known.get(forgotten_key(cost["fingerprint"]) for row, cost in asked if row["error"])

    def new(key: str, error: str | None) -> bool:
        if error:
            return key not in stored and forgotten_key(key) not in again
        return key not in stored or stored[key] is not None

    return [(row, cost) for row, cost in asked if new(cost["fingerprint"], row["error"])]


def was_computed(cost: dict) -> bool:
    """True if the row of `cost` (of artifact `rows`) was computed, not skipped or postponed: it took time."""
    return bool(cost["seconds"])


def forgotten_key(key: str) -> str:
    """The key of the mark which says that the row with fingerprint `key` is to be asked again, if it failed."""
    return f"forgotten:{key}"


def matching_artifact(
    store: Store,
    name: str,
    out: str | Path,
    rows: Iterable[tuple[str, str, str | None]],
    count: int,
    lock: str | Path | None = None,
) -> tuple[tuple[Path, Path], Counter[tuple[bool, str | None]]] | None:
    """Where DVC's cache has artifact `name`, which dvc.lock knows at `out`, and its `.rows.parquet` with these `rows`.

    rows: `count` of (id, fingerprint, why it is not asked for, if it is not). Those that are asked for have to be in
    `store` with the same error, if any: `retry` may have forgotten one, or got a value. Returns the two files, and how
    many rows are (asked for, of which error); None at the first row that differs.
    """
    if not (files := _cached_files(out, lock)):
        return None
    counts: Counter[tuple[bool, str | None]] = Counter()
    try:
        if parquet.count(files[1], "rows") != count:
            return None
        before = zip(
            parquet.stream(files[0], name, ["id", "error"]),
            parquet.stream(files[1], "rows", ["id", "fingerprint"]),
            strict=True,
        )
        for part in _parts(zip(rows, before, strict=True)):
            stored = store.errors(fingerprint for (_, fingerprint, skip), _ in part if not skip)
            for (key, fingerprint, skip), (row, cost) in part:
                if (key, key, fingerprint) != (row["id"], cost["id"], cost["fingerprint"]):
                    return None
                if (skip or stored.get(fingerprint, NOT_STORED)) != row["error"]:
                    return None
                counts[not skip, row["error"]] += 1
    except (InputError, ValueError):  # written by another version
        return None
    return files, counts


def provenance_path(out: str | Path) -> Path:
    """Where the `.rows.parquet` of the artifact at `out` is."""
    return Path(out).with_suffix(".rows.parquet")


def _cached_files(out: str | Path, lock: str | Path | None) -> tuple[Path, Path] | None:
    """Where DVC's cache has the artifact that `lock` knows at `out`, and its `.rows.parquet`; None if it lacks one."""
    locked = locked_outs(lock or lock_of(out))
    digests = [locked.get(path.as_posix()) for path in (Path(out), provenance_path(out))]
    if None in digests:
        return None
    artifact, rows = map(cache_path, digests)
    return (artifact, rows) if artifact.is_file() and rows.is_file() else None


def _parts(rows: Iterable, size: int = schemas.CHUNK) -> Iterator[list]:
    rows = iter(rows)
    while part := list(islice(rows, size)):
        yield part
