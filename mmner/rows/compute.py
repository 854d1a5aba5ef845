"""Computing an artifact row by row: reuse what is known, compute what is new, lose nothing, count everything."""

from __future__ import annotations

import os
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmner.rows import dvc_cache, ledger, parquet, schemas
from mmner.rows.contract import Backend
from mmner.rows.dry_run import PLAN
from mmner.rows.fingerprints import Fingerprints
from mmner.rows.pool import Executor, Inline
from mmner.rows.report import Report
from mmner.rows.store import Row, Store

if TYPE_CHECKING:
    from mmner.rows.inputs import Inputs
    from mmner.rows.parquet import Writer

MOST_WHOLE = 2  # chunks


@dataclass
class _Chunk:
    """Items on their way. known: fingerprint -> row. reused, new: which of them were known, and which are computed.

    missing: fingerprints whose rows are not there yet.
    """

    items: list[dict]
    prints: list[str]
    known: dict[str, Row]
    reused: set[str]
    new: set[str]
    missing: set[str]


class Computation:
    """Stage `stage` at work: items go in chunk by chunk, answers come out, `report` counts.

    Rows that were computed are in `store` as soon as their batch has ended. executor: who computes them; without one,
    `backend` does, here.
    """

    def __init__(self, stage: str, backend: Backend, store: Store, rows: int = 0, executor: Executor | None = None):
        self.stage, self.backend, self.store = stage, backend, store
        self.report = Report(stage)
        self.fingerprint = Fingerprints(stage, backend)
        self.computed: set[str] = set()  # fingerprints of the last call's rows that were not known before
        self._given_executor = executor
        self._rows, self._done, self._bar = rows, 0, None
        self._postponed: set[str] = set()  # fingerprints that were not asked for: a limit of the user's was reached

    def __call__(self, items: list[dict]) -> list[tuple[str, Row]]:
        """(fingerprint, answer) of each of `items`, dicts with `id` and every field in `backend.uses`, in order.

        An item with a non-null `skip` gets that string as its error without a call. Equal fingerprints are computed
        once.
        """
        ((_, answers),) = self.stream([items])
        return answers

    def stream(self, chunks: Iterable[list[dict]]) -> Iterator[tuple[list[dict], list[tuple[str, Row]]]]:
        """Each of `chunks` with its answers, as a call gives them, in order.

        A chunk begins when those before it have ended, or where the executor has workers without work; of chunks that
        lack nothing and wait for one before them, MOST_WHOLE are held.
        """
        began = time.perf_counter() - self.report.seconds
        self._executor = self._given_executor or Inline(self.backend)
        self._batches: dict[int, list[str]] = {}  # with the executor: number -> fingerprints
        self._chunks: deque[_Chunk] = deque()  # begun, the oldest first
        for chunk in chunks:
            self._begin(chunk)
            while self._chunks and not self._wants_another():
                yield from self._proceed()
                self.report.seconds = time.perf_counter() - began
        while self._chunks:
            yield from self._proceed()
            self.report.seconds = time.perf_counter() - began

    def _wants_another(self) -> bool:
        whole = sum(not chunk.missing for chunk in self._chunks)
        return bool(self._chunks[0].missing) and self._executor.hungry and whole < MOST_WHOLE

    def _begin(self, items: list[dict]) -> None:
        prints = [self.fingerprint(item) for item in items]
        asked = [(key, item) for key, item in zip(prints, items, strict=True) if not item.get("skip")]
        known = self.store.rows(key for key, _ in asked)
        missing = {key: item for key, item in reversed(asked) if key not in known}
        on_their_way = {key for chunk in self._chunks for key in chunk.missing}
        new = {key: missing[key] for key in reversed(missing) if key not in on_their_way}
        self._chunks.append(_Chunk(items, prints, known, {*known} | on_their_way, {*new}, {*missing}))
        self._done += len(items) - len(new)
        for batch in self._cut(new):
            self._batches[self._executor.submit([new[key] for key in batch])] = batch

    def _cut(self, new: dict[str, dict]) -> Iterator[list[str]]:
        """The fingerprints of `new` in batches: in the order of the backend, none with items of two of its groups."""
        backend = self.backend
        keys = sorted(new, key=lambda key: backend.order(new[key]))
        for _, group in groupby(keys, lambda key: backend.group(new[key])):
            rest = iter(group)
            while batch := list(islice(rest, backend.batch_size)):
                yield batch

    def _proceed(self) -> Iterator[tuple[list[dict], list[tuple[str, Row]]]]:
        """Take the answers to one batch; or give out the oldest chunk, where it has all of its own."""
        if self._chunks[0].missing:
            self._take()
        else:
            yield self._give_out(self._chunks.popleft())

    def _give_out(self, chunk: _Chunk) -> tuple[list[dict], list[tuple[str, Row]]]:
        report, answers = self.report, []
        for key, item in zip(chunk.prints, chunk.items, strict=True):
            skip = item.get("skip")
            answer = Row(None, skip) if skip else chunk.known[key]
            report.reused += not skip and key in chunk.reused
            report.count(asked=not skip and key not in self._postponed, error=answer.error)
            answers.append((key, answer))
        report.rows += len(chunk.items)
        report.requests = self._executor.requests
        self.computed = chunk.new
        return chunk.items, answers

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

    def _take(self) -> None:
        """Wait for the answers to a batch, whichever ends first; store them, and give them to the chunks."""
        report, answers = self.report, {}
        number, results, spent = self._executor.next()
        batch = self._batches.pop(number)
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
        for chunk in self._chunks:
            found = chunk.missing & answers.keys()
            chunk.known |= {key: answers[key] for key in found}
            chunk.missing -= found
        self._done += len(batch)
        self._show()

    def _show(self) -> None:
        """A bar, from the first second on; a stage whose rows are known is over before one could be read."""
        if self._bar is None:
            from tqdm import tqdm

            self._bar = tqdm(total=self._rows, desc=self.stage, unit="row", mininterval=1.0, delay=1.0)
        self._bar.update(self._done - self._bar.n)


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
    executor: Executor | None = None,
) -> Report:
    """Compute artifact `name` for `items` and write it and its `.rows.parquet` to where `out` says.

    A chunk of items is in memory at a time: a batch of the backend, `schemas.chunk` at least; all where it is `whole`.
    `empty`: the columns of a row that has no value. `max_failed`: the share of rows (0..1) that may fail.
    `executor`: as in Computation.
    With $MMNER_PLAN set, nothing is computed: mmner/rows/dry_run.py tells what would be.
    Errors: InputError `all-failed`, `too-many-failed`, `failed-for-now` (finished rows are kept; nothing is written);
    those of Store and Writer.
    """
    store = store or Store()
    if os.environ.get(PLAN):
        from mmner.rows import dry_run

        dry_run.write(name, out, items, backend, empty, store)
        raise SystemExit  # what a stage does with its artifact then is not done either
    computation = Computation(name, backend, store, len(items), executor)
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
    chunk = schemas.chunk(stage)
    size = None if backend.whole else -(-backend.batch_size // chunk) * chunk
    rest = iter(items)
    with (
        parquet.Writer(out, stage) as artifact,
        parquet.Writer(dvc_cache.provenance_path(out), "rows") as provenance,
    ):
        stream = computation.stream(iter(lambda: list(islice(rest, size)), []))
        while _append(next(stream, None), empty, artifact, provenance):
            pass
        artifact.flush()  # of two files that belong together, neither is put into place if one can't be written
        provenance.flush()
        end()


def _append(
    chunk: tuple[list[dict], list[tuple[str, Row]]] | None, empty: dict[str, Any], artifact: Writer, provenance: Writer
) -> bool:
    """Write a chunk's answers; False where there is none. Apart from its caller, who would hold their vectors while the
    next ones come."""
    if chunk is None:
        return False
    items, answers = chunk
    ids, values = [item["id"] for item in items], [answer.value or empty for _, answer in answers]
    columns = schemas.by_column(
        values, schemas.answer_columns(artifact.name), where=str(artifact.path), first=artifact.rows
    )
    artifact.write_columns(columns | {"id": ids, "error": [answer.error for _, answer in answers]})
    provenance.write_columns({"id": ids} | _provenance(answers))
    return True


def _end(report: Report, started: float, max_failed: float, out: str | Path) -> None:
    report.seconds = time.perf_counter() - started
    print(report.line(), file=sys.stderr)
    report.check(max_failed, str(out))


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
