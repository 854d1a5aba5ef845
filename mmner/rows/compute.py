"""Computing an artifact row by row: reuse what is known, compute what is new, lose nothing, count everything."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmner.base.errors import InputError
from mmner.rows import dvc_cache, ledger, parquet, schemas
from mmner.rows.contract import Backend, Report
from mmner.rows.dry_run import PLAN
from mmner.rows.fingerprints import Fingerprints
from mmner.rows.store import Row, Store

if TYPE_CHECKING:
    from mmner.rows.inputs import Inputs
    from mmner.rows.parquet import Writer


class Computation:
    """Stage `stage` at work: items go in chunk by chunk, answers come out, `report` counts.

    Rows that were computed are in `store` as soon as their batch has ended.
    """

    def __init__(self, stage: str, backend: Backend, store: Store, rows: int = 0):
        self.stage, self.backend, self.store = stage, backend, store
        self.report = Report(stage)
        self.fingerprint = Fingerprints(stage, backend)
        self._rows, self._bar = rows, None
        self.computed: set[str] = set()  # fingerprints of the last call's rows that were not known before
        self._postponed: set[str] = set()  # fingerprints that were not asked for: a limit of the user's was reached

    def __call__(self, items: list[dict]) -> list[tuple[str, Row]]:
        """(fingerprint, answer) of each of `items`, dicts with `id` and every field in `backend.uses`, in order.

        An item with a non-null `skip` gets that string as its error without a call. Equal fingerprints are computed
        once.
        """
        started = time.perf_counter()
        report = self.report
        prints = [self.fingerprint(item) for item in items]
        known = self.store.rows(key for key, item in zip(prints, items, strict=True) if not item.get("skip"))
        reused = set(known)
        todo: dict[str, dict] = {}
        for key, item in zip(prints, items, strict=True):
            if not item.get("skip") and key not in known:
                todo.setdefault(key, item)
        self.computed = set(todo)
        if todo:
            known |= self._computed(todo)
        answers = []
        for key, item in zip(prints, items, strict=True):
            skip = item.get("skip")
            answer = Row(None, skip) if skip else known[key]
            report.reused += not skip and key in reused
            report.count(asked=not skip and key not in self._postponed, error=answer.error)
            answers.append((key, answer))
        report.rows += len(items)
        report.requests = self.backend.requests
        report.seconds += time.perf_counter() - started
        return answers

    def cached(self, out: str | Path, items: Sequence[dict] | Inputs) -> tuple[Path, Path] | None:
        """The cached artifact and provenance file, if they equal what would be written now; else None."""
        rows = ((item["id"], self.fingerprint(item), item.get("skip")) for item in items)
        match = dvc_cache.matching_artifact(self.store, self.stage, out, rows, len(items))
        if match is None:
            return None
        files, counts = match
        self.report.rows = counts.total()
        for (asked, error), count in counts.items():
            self.report.reused += asked * count
            self.report.count(asked=asked, error=error, rows=count)
        return files

    def _computed(self, todo: dict[str, dict]) -> dict[str, Row]:
        """The answers for `todo`, by fingerprint."""
        report, backend, answers = self.report, self.backend, {}
        keys = sorted(todo, key=lambda key: backend.order(todo[key]))
        for at in range(0, len(keys), backend.batch_size):
            batch = keys[at : at + backend.batch_size]
            clock = time.perf_counter()
            results = backend([todo[key] for key in batch])
            spent = time.perf_counter() - clock
            report.backend_seconds += spent
            if len(results) != len(batch):
                raise RuntimeError(f"{self.stage}: the backend gave {len(results)} results for {len(batch)} rows")
            fresh, booked = {}, []
            for key, result in zip(batch, results, strict=True):
                cost = (0.0, 0, 0.0) if result.later else (spent / len(batch), result.tokens, result.money)
                answers[key] = Row(schemas.round_floats(result.value), result.error, *cost)
                report.tokens += result.tokens
                report.money += result.money
                if result.transient:
                    report.transient += 1
                    report.why = report.why or result.error
                elif result.later:
                    self._postponed.add(key)
                else:
                    fresh[key] = answers[key]
                    booked += result.booked
            self.store.put(ledger.failed_at(zip(batch, results, strict=True)))
            self.store.add(self.stage, fresh, booked)
            remembered = sum(result.remembered for result in results)
            report.computed += len(batch) - remembered - sum(result.later for result in results)
            report.reused += remembered
            answers |= self.store.rows(fresh)  # another process may have been first: its answer is the answer
            self._show(report.rows + at + len(batch))
        return answers

    def _show(self, done: int) -> None:
        """A bar, from the first second on; a stage whose rows are known is over before one could be read."""
        if self._bar is None:
            from tqdm import tqdm

            self._bar = tqdm(total=self._rows, desc=self.stage, unit="row", mininterval=1.0, delay=1.0)
        self._bar.update(done - self._bar.n)


def compute(stage: str, items: list[dict], backend: Backend, store: Store) -> tuple[list[dict], list[str], Report]:
    """Answers for `items`, all at once: ({value, error} each, their fingerprints, report)."""
    computation = Computation(stage, backend, store, len(items))
    rows = computation(items)
    answers = [{"value": answer.value, "error": answer.error} for _, answer in rows]
    return answers, [key for key, _ in rows], computation.report


def write(
    name: str,
    out: str | Path,
    items: Sequence[dict] | Inputs,
    backend: Backend,
    empty: dict[str, Any],
    *,
    max_failed: float = 1.0,
    store: Store | None = None,
) -> Report:
    """Compute artifact `name` for `items` and write it and its `.rows.parquet` to where `out` says.

    A chunk of items is in memory at a time: a batch of the backend, a row group at least; all where it wants `whole`.
    `empty`: the columns of a row that has no value. `max_failed`: the share of rows (0..1) that may fail.
    With $MMNER_PLAN set, nothing is computed: mmner/rows/dry_run.py tells what would be.
    Errors: InputError `all-failed`, `too-many-failed`, `failed-for-now` (finished rows are kept; nothing is written);
    those of Store and Writer.
    """
    store = store or Store()
    if os.environ.get(PLAN):
        from mmner.rows import dry_run

        dry_run.write(name, out, items, backend, empty, store)
        raise SystemExit  # what a stage does with its artifact then is not done either
    computation = Computation(name, backend, store, len(items))
    report, started = computation.report, time.perf_counter()
    with ledger.record_run(store, out, backend.identity(), report):
        if files := computation.cached(out, items):
            _end(report, started, max_failed, out)
            for there, here in zip(files, (out, dvc_cache.provenance_path(out)), strict=True):
                parquet.copy(there, here)
        else:
            dvc_cache.import_rows(store, name, out)
            _compute(computation, out, items, empty, lambda: _end(report, started, max_failed, out))
    return report


def _compute(computation: Computation, out: str | Path, items, empty: dict[str, Any], end: Callable[[], None]) -> None:
    """Write the answers for `items` chunk by chunk; `end` is called before the files are put into place."""
    backend, stage = computation.backend, computation.stage
    group = schemas.group(stage)
    size = None if backend.whole else -(-backend.batch_size // group) * group
    rest = iter(items)
    with (
        parquet.Writer(out, stage) as artifact,
        parquet.Writer(dvc_cache.provenance_path(out), "rows", rows_a_group=group) as provenance,
    ):
        while chunk := list(islice(rest, size)):
            _append(computation(chunk), [item["id"] for item in chunk], empty, artifact, provenance)
        artifact.flush()  # of two files that belong together, neither is put into place if one can't be written
        provenance.flush()
        end()


def _append(
    answers: list[tuple[str, Row]], ids: list[str], empty: dict[str, Any], artifact: Writer, provenance: Writer
) -> None:
    """Write a chunk's answers. Apart from its caller, who would hold their vectors while the next ones come."""
    values = [answer.value or empty for _, answer in answers]
    columns = schemas.by_column(
        values, schemas.answer_columns(artifact.name), where=str(artifact.path), first=artifact.rows
    )
    artifact.write_columns(columns | {"id": ids, "error": [answer.error for _, answer in answers]})
    provenance.write_columns({"id": ids} | _provenance(answers))


def _end(report: Report, started: float, max_failed: float, out: str | Path) -> None:
    report.seconds = time.perf_counter() - started
    print(report.line(), file=sys.stderr)
    _check(report, max_failed, str(out))


def _check(report: Report, max_failed: float, where: str) -> None:
    if report.transient:
        what = f"{report.transient} of {report.rows} rows failed for now; the first: {report.why}"
        raise InputError("failed-for-now", what, where=where, remedy="run the stage again: finished rows are kept")
    if report.asked and report.asked_failed == report.asked:
        failed = f"all {report.asked} rows that were asked for failed ({report.reasons()})"
        what = f"{failed}; the first: {report.first_error}"
        raise InputError(
            "all-failed",
            what,
            where=where,
            remedy=f"mend the cause, then ask these rows again: python -m mmner retry --stage {report.stage}",
        )
    if report.rows and report.failed / report.rows > max_failed:
        what = f"{report.failed} of {report.rows} rows failed, more than max_failed {max_failed}: {report.reasons()}"
        raise InputError(
            "too-many-failed",
            what,
            where=where,
            remedy="mend the input; or ask those rows again: python -m mmner retry; or raise max_failed",
        )


def _provenance(answers: list[tuple[str, Row]]) -> dict[str, list]:
    """What each row was computed from and what it cost: columns of the `rows` artifact.

    Seconds are 0 where the row was not computed (skipped, or postponed) and nowhere else: `dvc_cache.was_computed`.
    """
    return {
        "fingerprint": [key for key, _ in answers],
        "seconds": [answer.seconds for _, answer in answers],
        "tokens": [answer.tokens for _, answer in answers],
        "money": [answer.money for _, answer in answers],
    }
