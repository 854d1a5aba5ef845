"""Retrying failed rows: they are deleted from the store, with what a server answered, and their stage is run.

A row has failed for good when its error is stored: an answer that did not fit, an image that cannot be decoded. A
transient failure (503, a time-out) is never stored, and the next `dvc repro` asks again.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mmner.base import dvc_process
from mmner.base.errors import InputError
from mmner.rows import dvc_cache, parquet
from mmner.rows import memo as memos
from mmner.rows.ledger import FailedAt, failed_at_key
from mmner.rows.store import KEEP_COST, Store
from mmner.tools.costs.forecast import ask
from mmner.tools.costs.graph import DvcStage


@dataclass
class FailedRows:
    """The failed rows of a stage. `errors`: by fingerprint. `new`: how many other rows the stage would compute.

    `stale`: how many other rows have an error in the artifact and none in the store any more: another retry has
    deleted or answered them, of this stage or of another preparation. `error`: why the stage could not be planned.
    """

    stage: DvcStage
    errors: dict[str, str]
    new: int = 0
    stale: int = 0
    error: str = ""

    def line(self) -> str:
        """One line: how many rows failed, by reason, the most frequent first; then the stale and the new rows."""
        count = Counter(error.split(":")[0] for error in self.errors.values())
        reasons = ", ".join(f"{reason}: {number}" for reason, number in count.most_common())
        line = f"{len(self.errors)} failed rows" + (f" ({reasons})" if reasons else "")
        if self.stale:
            line += f"; {self.stale} more that were forgotten or answered since the artifact was written"
        if self.new:
            line += f"; {self.new} new rows would be computed besides"
        return line


def failed_rows(stage: DvcStage, reason: str = "") -> FailedRows:
    """The rows that `stage` would make now and whose stored error contains `reason`."""
    plan = ask(stage)
    errors = {key: error for _, key, state, error in plan.rows if state == "failed" and reason in error}
    new = {key for _, key, state, _ in plan.rows if state == "new"}
    without_error = new | {key for _, key, state, error in plan.rows if state == "known" and not error}
    stale = {key for key, error in _artifact_errors(stage) if key in without_error and reason in error}
    return FailedRows(stage, errors, len(new - stale), len(stale), plan.error)


def _artifact_errors(stage: DvcStage) -> Iterator[tuple[str, str]]:
    """(fingerprint, error) of the failed rows of the artifact of `stage`; none where there is no artifact."""
    artifact = Path(stage.folder) / f"{stage.name}.parquet"
    if not (artifact.is_file() and dvc_cache.provenance_path(artifact).is_file()):
        return
    errors = parquet.stream(artifact, stage.name, ["error"])
    for row, cost in zip(errors, parquet.stream(dvc_cache.provenance_path(artifact), "rows"), strict=True):
        if row["error"] and dvc_cache.was_computed(cost):
            yield cost["fingerprint"], row["error"]


def forget(store: Store, fingerprints: list[str]) -> None:
    """Delete these rows from `store`, and the answers at which they failed, in one transaction.

    A mark keeps what they cost, which `costs` counts. Another mark prevents that their errors are taken over from an
    artifact again.
    """
    marks = {failed_at_key(key): key for key in fingerprints}
    answers = [key for mark in memos.read(store, marks, FailedAt).values() for key in mark.keys]
    forgotten = "INSERT OR IGNORE INTO marks VALUES (?, '{}', ?)"
    with store.writing() as db:
        db.executemany(KEEP_COST, [(key,) for key in fingerprints])
        db.executemany(forgotten, [(dvc_cache.forgotten_key(key), time.time()) for key in fingerprints])
        db.executemany("DELETE FROM rows WHERE fingerprint = ?", [(key,) for key in fingerprints])
        db.executemany("DELETE FROM marks WHERE key = ?", [(key,) for key in (*marks, *answers)])


def rerun(stage: DvcStage) -> None:
    """Run `stage` alone. Errors: InputError `retry-failed`; the rows stay deleted, and its next run computes them."""
    if dvc_process.run("repro", "--force", "--single-item", stage.address).returncode:
        remedy = f"mend what it says, then: dvc repro --force --single-item {stage.address}"
        raise InputError("retry-failed", "the stage did not come to its end", where=stage.address, remedy=remedy)
