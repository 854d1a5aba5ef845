"""The table of `costs`: what the last run of each stage did, and what the rows of its artifact cost in all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from mmner.rows import ledger, parquet, schemas
from mmner.rows import memo as memos
from mmner.rows.ledger import StageRun
from mmner.rows.store import Store

BOOKS = "*/*.rows.parquet"  # in a folder of preparations or systems


class Cost(NamedTuple):
    """Seconds in the backend, tokens, money."""

    seconds: float
    tokens: int
    money: float


class Line(NamedTuple):
    """A stage of a preparation, or of a system: then `preparation` is systems.<name>.

    `last`: its last run here; None where the ledger has none (a pulled artifact). `rows`: of the artifact. `cost`: of
    these, each fingerprint once. Both are 0 where there is no artifact.
    """

    preparation: str
    stage: str
    rows: int
    cost: Cost
    last: StageRun | None


def lines(store: Store, prepared: Path) -> Iterator[Line]:
    """A Line for each stage that has an artifact in, or has run for, `prepared`/<preparation> or a system beside it."""
    last, files = {}, {}
    for folder, prefix in _folders(prepared):
        last |= {(prefix + Path(run.out).parent.name, run.stage): run for run in ledger.runs(store, folder)}
        for file in folder.glob(BOOKS):
            files[prefix + file.parent.name, file.name.removesuffix(".rows.parquet")] = file
    order = list(schemas.SCHEMAS)  # as the pipeline flows
    for preparation, stage in sorted(set(last) | set(files), key=lambda key: (key[0], order.index(key[1]))):
        rows = parquet.read(files[preparation, stage], "rows") if (preparation, stage) in files else []
        by_fingerprint = {row["fingerprint"]: row for row in rows}
        yield Line(preparation, stage, len(rows), _sum(by_fingerprint.values()), last.get((preparation, stage)))


def shared(prepared: Path) -> tuple[int, Cost]:
    """(number of rows, their cost) of all artifacts that `lines` is about; a row that several share counts once."""
    by_fingerprint = {}
    for folder, _ in _folders(prepared):
        for file in sorted(folder.glob(BOOKS)):
            by_fingerprint |= {row["fingerprint"]: row for row in parquet.read(file, "rows")}
    return len(by_fingerprint), _sum(by_fingerprint.values())


def kept(store: Store) -> tuple[int, Cost]:
    """(number of rows, their cost) of the store: all that were computed or taken over and not deleted by `clean`."""
    query = "SELECT count(*), total(seconds), total(tokens), total(money) FROM rows"
    ((count, seconds, tokens, money),) = store.query(query)
    return count, Cost(seconds, int(tokens), money)


def unbooked(store: Store) -> tuple[int, Cost]:
    """(number of answers, their cost) that were paid and that no row of the store counts: of rows that are not
    finished, and of failed ones that `retry` has deleted or a pulled value has replaced."""
    prefix = ledger.unbooked_key("")
    query = "SELECT key FROM marks WHERE key >= ? AND key < ?"
    keys = [key for (key,) in store.query(query, (prefix, prefix + "~"))]
    costs = memos.read(store, keys, ledger.Cost).values()
    return len(costs), Cost(0.0, sum(cost.tokens for cost in costs), sum(cost.money for cost in costs))


def _folders(prepared: Path) -> Iterator[tuple[Path, str]]:
    """The folder of preparations and that of systems, and what names in them begin with here."""
    yield prepared, ""
    yield prepared.parent / "systems", "systems."


def _sum(rows) -> Cost:
    return Cost(*(sum(row[column] or 0 for row in rows) for column in Cost._fields))
