"""Asking failed rows again: they are forgotten in the store, with what a server answered, and their stage is run.

A row has failed for good when its error is stored: an answer that did not fit, an image that cannot be decoded. What
may pass by itself (503, a time-out) is never stored, and the next `dvc repro` asks it again.
"""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from dataclasses import dataclass

from mmner.costs.forecast import ask
from mmner.costs.graph import Stage
from mmner.errors import InputError
from mmner.ledger import asked_for, unbooked
from mmner.store import Store


@dataclass
class Failed:
    """A stage with failed rows. `rows`: error by fingerprint. `new`: further rows that the stage would compute.

    `error`: why the stage could not be asked.
    """

    stage: Stage
    rows: dict[str, str]
    new: int = 0
    error: str = ""

    def reasons(self) -> str:
        """How many rows failed for which reason, the most frequent first."""
        count = Counter(error.split(":")[0] for error in self.rows.values())
        return ", ".join(f"{reason}: {number}" for reason, number in count.most_common())


def failed(stage: Stage, reason: str = "") -> Failed:
    """Rows of `stage`, as it would be run now, whose stored error holds `reason`."""
    told = ask(stage)
    rows = {key: error for _, key, state, error in told.rows if state == "failed" and reason in error}
    new = len({key for _, key, state, _ in told.rows if state == "new"})
    return Failed(stage, rows, new, told.error)


def forget(store: Store, fingerprints: list[str]) -> None:
    """Drop these rows from `store`, and the answers at which they failed: all of it, or nothing.

    What they cost was paid all the same, and stays as a mark that `costs` counts.
    """
    marks = {asked_for(key): key for key in fingerprints}
    answers = [key for found in store.get(marks).values() for key in found["keys"]]
    paid = (
        "INSERT INTO marks SELECT ? || ':' || made, json_object('tokens', tokens, 'money', money), made FROM rows "
        "WHERE fingerprint = ? AND (tokens OR money)"
    )
    with store.writing() as db:
        db.executemany(paid, [(unbooked(key), key) for key in fingerprints])
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
