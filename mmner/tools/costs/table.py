"""The ledger as a table: what the stages of each preparation did last, and what their rows cost in all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from mmner.rows import ledger, parquet, schemas
from mmner.rows.ledger import StageRun
from mmner.rows.store import Store


class Cost(NamedTuple):
    """Seconds in the backend, tokens, money."""

    seconds: float
    tokens: int
    money: float


class Line(NamedTuple):
    """A stage of a preparation. `last`: its last run here, None where the ledger knows none (a pulled artifact).

    `rows`, `cost`: of the artifact that lies there, each fingerprint once; 0 where there is none.
    """

    preparation: str
    stage: str
    rows: int
    cost: Cost
    last: StageRun | None


def lines(store: Store, prepared: Path) -> Iterator[Line]:
    """A Line of each stage that has an artifact in `prepared`/<preparation>, or has run there."""
    last = {(Path(run.out).parent.name, run.stage): run for run in ledger.runs(store, prepared)}
    books = {
        (file.parent.name, file.name.removesuffix(".rows.parquet")): file for file in prepared.glob("*/*.rows.parquet")
    }
    order = list(schemas.SCHEMAS)  # as the pipeline flows
    for preparation, stage in sorted(set(last) | set(books), key=lambda found: (found[0], order.index(found[1]))):
        rows = parquet.read(books[preparation, stage], "rows") if (preparation, stage) in books else []
        once = {row["fingerprint"]: row for row in rows}
        yield Line(preparation, stage, len(rows), _sum(once.values()), last.get((preparation, stage)))


def shared(prepared: Path) -> tuple[int, Cost]:
    """(rows of all artifacts in `prepared`, what they cost), rows that preparations share once."""
    once = {}
    for file in sorted(prepared.glob("*/*.rows.parquet")):
        once |= {row["fingerprint"]: row for row in parquet.read(file, "rows")}
    return len(once), _sum(once.values())


def kept(store: Store) -> tuple[int, Cost]:
    """(rows in the store, what they cost): all that was ever computed or adopted and not cleaned away."""
    query = "SELECT count(*), total(seconds), total(tokens), total(money) FROM rows"
    count, seconds, tokens, money = store.db.execute(query).fetchone()
    return count, Cost(seconds, int(tokens), money)


def unbooked(store: Store) -> tuple[int, Cost]:
    """(answers, what they cost) that were paid for and that no row in the store books: their row is not finished, or
    `retry` has forgotten it."""
    prefix = ledger.unbooked_key("")
    query = "SELECT value FROM marks WHERE key >= ? AND key < ?"
    found = [json.loads(value) for (value,) in store.db.execute(query, (prefix, prefix + "~"))]
    return len(found), Cost(0.0, sum(cost["tokens"] for cost in found), sum(cost["money"] for cost in found))


def _sum(rows) -> Cost:
    return Cost(*(sum(row[column] or 0 for row in rows) for column in Cost._fields))
