"""The ledger: what each run of a stage reused, computed and cost, in the row store beside the rows themselves.

Reads / Writes: table `runs` of the store, one line a run of a stage; `StageRun` names its columns.

It lies here because an artifact and its `.rows.parquet` are the same bytes whatever was reused. A run that is killed
leaves no line; its finished rows say in the store what they cost.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mmner.base.errors import InputError
from mmner.rows.memo import Remembered
from mmner.rows.store import Store

if TYPE_CHECKING:
    from mmner.rows.contract import Result
    from mmner.rows.report import Report

WHOLE = "whole"
TABLE = (
    "CREATE TABLE IF NOT EXISTS runs (made REAL NOT NULL, out TEXT NOT NULL, stage TEXT NOT NULL, "
    "backend TEXT NOT NULL, identity TEXT NOT NULL, end TEXT NOT NULL, rows INTEGER NOT NULL, reused INTEGER NOT NULL, "
    "computed INTEGER NOT NULL, failed INTEGER NOT NULL, seconds REAL NOT NULL, backend_seconds REAL NOT NULL, "
    "tokens INTEGER NOT NULL, money REAL NOT NULL)"
)


class StageRun(NamedTuple):
    """One run of a stage. `made`: Unix time of its end. `out`: absolute path of the artifact.

    `identity`: digest of what the backend calls its identity. `end`: WHOLE, else the error's name, or "stopped".
    `failed`: rows without a value, but for those that have no image or are left out.
    `backend_seconds`: the part of `seconds` that the backend took.
    """

    made: float
    out: str
    stage: str
    backend: str
    identity: str
    end: str
    rows: int
    reused: int
    computed: int
    failed: int
    seconds: float
    backend_seconds: float
    tokens: int
    money: float


class Rate(NamedTuple):
    """What a computed row took on average, and whose average it is: "this variant" or "backend NAME"."""

    seconds: float
    tokens: float
    money: float
    whose: str


def digest(identity: dict) -> str:
    """A backend's identity() as a hex digest."""
    return hashlib.sha256(json.dumps(identity, sort_keys=True, default=str).encode()).hexdigest()


@contextmanager
def record_run(store: Store, out: str | Path, identity: dict, report: Report) -> Iterator[None]:
    """Context manager: record this stage run in the ledger when the block ends or raises."""
    try:
        yield
    except BaseException as error:
        with suppress(Exception):  # what ended the run is told, not that its line could not be written
            _add(store, out, identity, error.name if isinstance(error, InputError) else "stopped", report)
        raise
    _add(store, out, identity, WHOLE, report)


def _add(store: Store, out: str | Path, identity: dict, end: str, report: Report) -> None:
    counts = (report.rows, report.reused, report.computed, report.failed)
    costs = (report.seconds, report.backend_seconds, report.tokens, report.money)
    about = (str(Path(out).resolve()), report.stage, identity.get("backend", ""), digest(identity), end)
    line = StageRun(time.time(), *about, *counts, *costs)
    with store.writing() as db:
        db.execute(TABLE)
        db.execute(f"INSERT INTO runs VALUES ({', '.join('?' * len(line))})", line)


def runs(store: Store, folder: str | Path) -> list[StageRun]:
    """The runs that wrote into folders of `folder` (data/prepared), the oldest first."""
    place = str(Path(folder).resolve())
    return [run for run in _all(store) if str(Path(run.out).parents[1]) == place]


def rate(store: Store, stage: str, identity: dict) -> Rate | None:
    """What a row of `stage` costs, as the runs of any clone tell: by this very backend, else by one of its name."""
    computed = [run for run in _all(store) if run.stage == stage and run.computed]
    backend, same = identity.get("backend", ""), digest(identity)
    for whose, chosen in (
        ("this variant", [run for run in computed if run.identity == same]),
        (f"backend {backend}", [run for run in computed if run.backend == backend]),
    ):
        if count := sum(run.computed for run in chosen):
            sums = (sum(getattr(run, name) for run in chosen) for name in ("backend_seconds", "tokens", "money"))
            return Rate(*(total / count for total in sums), whose)
    return None


def _all(store: Store) -> list[StageRun]:
    if not list(store.query("SELECT name FROM sqlite_master WHERE name = 'runs'")):
        return []
    return [StageRun(*line) for line in store.query(f"SELECT {', '.join(StageRun._fields)} FROM runs ORDER BY made")]


class FailedAt(Remembered):
    """The answers at which a row failed, by their keys."""

    keys: list[str]


class Cost(Remembered):
    """What an answer cost."""

    tokens: int
    money: float


def failed_at_key(key: str) -> str:
    """The key of the mark that names the answers at which the row with fingerprint `key` failed."""
    return f"asked:{key}"


def unbooked_key(key: str) -> str:
    """The key of the mark that holds what the answer `key` cost ({tokens, money}), until a row books it."""
    return f"unbooked:{key}"


def failed_at(results: Iterable[tuple[str, Result]]) -> dict[str, dict]:
    """Marks that say at which answers rows failed for good."""
    failed = ((key, result) for key, result in results if result.error and result.asked and not result.transient)
    return {failed_at_key(key): {"keys": result.asked} for key, result in failed}
