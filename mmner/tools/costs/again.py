"""Asking failed rows again: they are forgotten in the store, with what a server answered, and their stage is run.

A row has failed for good when its error is stored: an answer that did not fit, an image that cannot be decoded. What
may pass by itself (503, a time-out) is never stored, and the next `dvc repro` asks it again.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mmner.base.errors import InputError
from mmner.rows import dvc_cache, parquet
from mmner.rows.ledger import failed_at_key, unbooked_key
from mmner.rows.store import Store
from mmner.tools.costs.forecast import ask
from mmner.tools.costs.graph import Stage


@dataclass
class Failed:
    """A stage with failed rows. `rows`: error by fingerprint. `new`: further rows that the stage would compute.

    `stale`: further rows, whose error in the artifact is no longer in the store: a retry that did not come to its end,
    or was another preparation's, has forgotten or answered them. `error`: why the stage could not be asked.
    """

    stage: Stage
    rows: dict[str, str]
    new: int = 0
    stale: int = 0
    error: str = ""

    def line(self) -> str:
        """How many rows failed for which reason, the most frequent first, and what else the stage has to do."""
        count = Counter(error.split(":")[0] for error in self.rows.values())
        reasons = ", ".join(f"{reason}: {number}" for reason, number in count.most_common())
        told = f"{len(self.rows)} failed rows" + (f" ({reasons})" if reasons else "")
        if self.stale:
            told += f"; {self.stale} more that were forgotten or answered since the artifact was written"
        if self.new:
            told += f"; {self.new} new rows would be computed besides"
        return told


def failed(stage: Stage, reason: str = "") -> Failed:
    """Rows of `stage`, as it would be run now, whose stored error holds `reason`."""
    told = ask(stage)
    rows = {key: error for _, key, state, error in told.rows if state == "failed" and reason in error}
    new = {key for _, key, state, _ in told.rows if state == "new"}
    fit = new | {key for _, key, state, error in told.rows if state == "known" and not error}
    stale = {key for key, error in _errors(stage) if key in fit and reason in error}
    return Failed(stage, rows, len(new - stale), len(stale), told.error)


def _errors(stage: Stage) -> Iterator[tuple[str, str]]:
    """(fingerprint, error) of the failed rows of the artifact of `stage` that lies there, if one does."""
    artifact = Path(stage.folder) / f"{stage.name}.parquet"
    if not (artifact.is_file() and dvc_cache.provenance_path(artifact).is_file()):
        return
    errors = parquet.stream(artifact, stage.name, ["error"])
    for row, cost in zip(errors, parquet.stream(dvc_cache.provenance_path(artifact), "rows"), strict=True):
        if row["error"] and dvc_cache.was_computed(cost):
            yield cost["fingerprint"], row["error"]


def forget(store: Store, fingerprints: list[str]) -> None:
    """Drop these rows from `store`, and the answers at which they failed: all of it, or nothing.

    What they cost was paid all the same, and stays as a mark that `costs` counts. Another mark keeps artifacts from
    bringing their errors back.
    """
    marks = {failed_at_key(key): key for key in fingerprints}
    answers = [key for found in store.get(marks).values() for key in found["keys"]]
    paid = (
        "INSERT INTO marks SELECT ? || ':' || made, json_object('tokens', tokens, 'money', money), made FROM rows "
        "WHERE fingerprint = ? AND (tokens OR money)"
    )
    again = "INSERT OR IGNORE INTO marks VALUES (?, '{}', ?)"
    with store.writing() as db:
        db.executemany(paid, [(unbooked_key(key), key) for key in fingerprints])
        db.executemany(again, [(dvc_cache.forgotten_key(key), time.time()) for key in fingerprints])
        db.executemany("DELETE FROM rows WHERE fingerprint = ?", [(key,) for key in fingerprints])
        db.executemany("DELETE FROM marks WHERE key = ?", [(key,) for key in (*marks, *answers)])


def command(stage: Stage) -> list[str]:
    """What runs `stage` though DVC thinks it up to date, without the stages before and after it."""
    return [sys.executable, "-m", "dvc", "repro", "--force", "--single-item", stage.address]


def run(stage: Stage) -> None:
    """Errors: InputError `retry-failed`; the rows stay forgotten, so that the next run of the stage asks them."""
    if subprocess.run(command(stage)).returncode:
        remedy = f"mend what it says, then: dvc repro --force --single-item {stage.address}"
        raise InputError("retry-failed", "the stage did not come to its end", where=stage.address, remedy=remedy)
