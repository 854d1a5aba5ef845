"""Computing an artifact row by row: reuse what is known, compute what is new, lose nothing, count everything."""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from mmner import adopt, artifacts
from mmner.errors import InputError
from mmner.store import Row, Store

NO_IMAGE = "no image"  # a post without an image is no failure: `max_failed` does not count it
LEFT_OUT = "left out"  # nor is a row of a stage that the preparation leaves out (backend `none`)


@dataclass
class Result:
    """One row's answer. `value`: the artifact's columns but id and error, JSON-able but for vectors, which are float32
    arrays (d,). `error`: why there is none.

    `transient`: the failure may pass (503, time-out); such a row is never stored and stops the stage at its end.
    `tokens`: used by an LLM, in and out. `money`: in the currency of the prices in params.yaml.
    """

    value: dict[str, Any] | None
    error: str | None = None
    transient: bool = False
    tokens: int = 0
    money: float = 0.0


class Backend(Protocol):
    """One interchangeable engine behind a stage: built from its Params, called on a batch of items.

    `uses`: the item fields that the answer depends on; they make the row's fingerprint.
    `batch_size`: items a call. No global state. A backend that is quicker on items of a kind also has
    `order(item)`: items are computed in its order, and returned in theirs.
    One that asks a server has `requests`: how many it has made.
    """

    uses: Sequence[str]
    batch_size: int

    def identity(self) -> dict:
        """What else the answer depends on: name, version, weights, params, prompt; JSON-able."""

    def __call__(self, items: list[dict]) -> list[Result]:
        """One Result an item, in order."""


@dataclass
class Report:
    """What a stage did; `line` is the one line that it prints at its end."""

    stage: str
    rows: int = 0
    reused: int = 0
    computed: int = 0
    errors: Counter = field(default_factory=Counter)
    transient: int = 0
    why: str | None = None  # the first of the transient failures, whole
    seconds: float = 0.0
    backend_seconds: float = 0.0
    tokens: int = 0
    money: float = 0.0
    requests: int = 0

    def line(self) -> str:
        failed = sum(self.errors.values())
        reasons = ", ".join(f"{reason}: {count}" for reason, count in self.errors.most_common())
        cost = f", {self.tokens} tokens, {self.money:.4f} money" if self.tokens or self.money else ""
        cost += f", {self.requests} requests" if self.requests else ""
        return (
            f"{self.stage}: {self.rows} rows in, {self.reused} reused, {self.computed} computed, "
            f"{failed} without value{f' ({reasons})' if reasons else ''}, "
            f"{self.seconds:.1f} s ({self.backend_seconds:.1f} s in the backend){cost}"
        )


def fingerprint(stage: str, backend: Backend, item: dict, identity: dict | None = None) -> str:
    """Hex digest of everything that row `item` of `stage` is computed from."""
    used = {name: item[name] for name in backend.uses}
    key = [stage, identity if identity is not None else backend.identity(), used]
    text = json.dumps(key, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def compute(stage: str, items: list[dict], backend: Backend, store: Store) -> tuple[list[dict], list[dict], Report]:
    """Answers for `items` (dicts with `id` and every field in `backend.uses`), in order.

    An item with a non-null `skip` gets that string as its error without a call. Equal fingerprints are computed once.
    Returns (answers: {value, error}, bookkeeping rows for the `rows` artifact, report).
    """
    started = time.perf_counter()
    identity = backend.identity()
    prints = [fingerprint(stage, backend, item, identity) for item in items]
    known = store.rows(prints)
    report = Report(stage, rows=len(items))
    todo: dict[str, dict] = {}
    for key, item in zip(prints, items, strict=True):
        if not item.get("skip") and key not in known:
            todo.setdefault(key, item)
    reused = set(known)
    order = getattr(backend, "order", None)
    keys = sorted(todo, key=lambda key: order(todo[key])) if order else list(todo)
    for at in _progress(range(0, len(keys), backend.batch_size), stage):
        batch = keys[at : at + backend.batch_size]
        clock = time.perf_counter()
        results = backend([todo[key] for key in batch])
        spent = time.perf_counter() - clock
        report.backend_seconds += spent
        if len(results) != len(batch):
            raise RuntimeError(f"{stage}: the backend gave {len(results)} results for {len(batch)} rows")
        fresh = {}
        for key, result in zip(batch, results, strict=True):
            value = artifacts.round_floats(result.value)
            known[key] = Row(value, result.error, spent / len(batch), result.tokens, result.money)
            report.tokens += result.tokens
            report.money += result.money
            if result.transient:
                report.transient += 1
                report.why = report.why or result.error
            else:
                fresh[key] = known[key]
        store.add(stage, fresh)
    report.computed = len(keys)
    report.requests = getattr(backend, "requests", 0)
    answers, book = [], []
    for key, item in zip(prints, items, strict=True):
        answer = Row(None, item["skip"]) if item.get("skip") else known[key]
        report.reused += not item.get("skip") and key in reused
        if answer.error:
            report.errors[answer.error.split(":")[0]] += 1
        answers.append({"value": answer.value, "error": answer.error})
        cost = {name: getattr(answer, name) for name in ("seconds", "tokens", "money")}
        book.append({"id": item["id"], "fingerprint": key, **cost})
    report.seconds = time.perf_counter() - started
    return answers, book, report


def write(
    name: str,
    out: str | Path,
    items: list[dict],
    backend: Backend,
    empty: dict[str, Any],
    *,
    max_failed: float = 1.0,
    store: Store | None = None,
) -> Report:
    """Compute artifact `name` for `items` and write it and its `.rows.parquet` to where `out` says.

    `empty`: the columns of a row that has no value. `max_failed`: the share of rows (0..1) that may fail.
    Errors: InputError `too-many-failed`, `failed-for-now` (finished rows are kept; nothing is written).
    """
    store = store or Store()
    adopt.into(store, name, out)
    answers, book, report = compute(name, items, backend, store)
    print(report.line(), file=sys.stderr)
    failed = sum(count for reason, count in report.errors.items() if reason not in (NO_IMAGE, LEFT_OUT))
    if report.transient:
        what = f"{report.transient} of {report.rows} rows failed for now; the first: {report.why}"
        raise InputError("failed-for-now", what, where=str(out), remedy="run the stage again: finished rows are kept")
    if items and failed / len(items) > max_failed:
        what = f"{failed} of {report.rows} rows failed ({dict(report.errors)}), more than max_failed {max_failed}"
        raise InputError(
            "too-many-failed", what, where=str(out), remedy="mend the input, or raise max_failed in params.yaml"
        )
    rows = [
        {"id": item["id"], **(answer["value"] or empty), "error": answer["error"]}
        for item, answer in zip(items, answers, strict=True)
    ]
    artifacts.write(out, name, rows)
    artifacts.write(Path(out).with_suffix(".rows.parquet"), "rows", book)
    return report


def _progress(steps, title: str):
    from tqdm import tqdm

    return tqdm(steps, desc=title, unit="batch", disable=len(steps) < 2, mininterval=1.0)
