"""What a stage did: rows by what became of them, reasons, seconds, tokens and money; one line at its end."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from mmner.base.errors import InputError
from mmner.rows.contract import LEFT_OUT, NO_FAILURE


@dataclass
class Report:
    """What a stage did; `line` is the one line that it prints at its end. lacks: what a failed row is without."""

    stage: str
    lacks: str = "value"
    rows: int = 0
    reused: int = 0
    computed: int = 0
    asked: int = 0  # rows that went to the backend, now or before: all but those that were skipped
    asked_failed: int = 0  # of these, without a value
    errors: Counter = field(default_factory=Counter)
    transient: int = 0
    why: str | None = None  # the first of the transient failures, whole
    first_error: str | None = None  # of the rows that failed for good, whole
    seconds: float = 0.0
    backend_seconds: float = 0.0
    tokens: int = 0
    money: float = 0.0
    requests: int = 0

    @property
    def failed(self) -> int:
        """Rows without a value, but for those that have no image or are left out."""
        return sum(count for reason, count in self.errors.items() if reason not in NO_FAILURE)

    def reasons(self) -> str:
        """Why rows failed, the most frequent first, such as "rejected: 3, truncated: 1"."""
        return ", ".join(f"{why}: {count}" for why, count in self.errors.most_common() if why not in NO_FAILURE)

    def count(self, *, asked: bool, error: str | None, rows: int = 1) -> None:
        """Count `rows` answers: whether their backend was asked, and why they have no value, where they have none."""
        self.asked += asked * rows
        if error:
            reason = error.split(":")[0]
            if asked and reason not in NO_FAILURE:
                self.asked_failed += rows
                self.first_error = self.first_error or error
            self.errors[reason] += rows

    def line(self) -> str:
        """Rows in are those reused, computed, equal to one of these, and skipped; of the last two, no zero is told."""
        if self.rows and self.errors[LEFT_OUT] == self.rows:
            return f"{self.stage}: {self.rows} rows in, left out by the preparation, {self.seconds:.1f} s"
        equal, skipped = self.asked - self.reused - self.computed, self.rows - self.asked
        others = f"{f', {equal} equal to others' if equal else ''}{f', {skipped} skipped' if skipped else ''}"
        failed = sum(self.errors.values())
        reasons = ", ".join(f"{reason}: {count}" for reason, count in self.errors.most_common())
        cost = f", {self.tokens} tokens, {self.money:.4f} money" if self.tokens or self.money else ""
        cost += f", {self.requests} requests" if self.requests else ""
        return (
            f"{self.stage}: {self.rows} rows in, {self.reused} reused, {self.computed} computed{others}, "
            f"{failed} without {self.lacks}{f' ({reasons})' if reasons else ''}, "
            f"{self.seconds:.1f} s ({self.backend_seconds:.1f} s in the backend){cost}"
        )

    def check(self, max_failed: float, where: str) -> None:
        """max_failed: the share of rows (0..1) that may fail. where: the artifact that is to be written.

        Errors: InputError `failed-for-now`, `all-failed`, `too-many-failed`.
        """
        if self.transient:
            what = f"{self.transient} of {self.rows} rows failed for now; the first: {self.why}"
            raise InputError("failed-for-now", what, where=where, remedy="run the stage again: finished rows are kept")
        if self.asked and self.asked_failed == self.asked:
            failed = f"all {self.asked} rows that were asked for failed ({self.reasons()})"
            what = f"{failed}; the first: {self.first_error}"
            raise InputError(
                "all-failed",
                what,
                where=where,
                remedy=f"mend the cause, then ask these rows again: python -m mmner retry --stage {self.stage}",
            )
        if self.rows and self.failed / self.rows > max_failed:
            what = f"{self.failed} of {self.rows} rows failed, more than max_failed {max_failed}: {self.reasons()}"
            raise InputError(
                "too-many-failed",
                what,
                where=where,
                remedy="mend the input; or ask those rows again: python -m mmner retry; or raise max_failed",
            )
