"""What a stage's backend takes and gives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

NO_IMAGE = "no image"  # a post without an image is no failure: `max_failed` does not count it
LEFT_OUT = "left out"  # nor is a row of a stage that the preparation leaves out (backend `none`)


@dataclass
class Result:
    """One row's answer. `value`: the artifact's columns but id and error, JSON-able but for vectors, which are float32
    arrays (d,). `error`: why there is none.

    `transient`: the failure may pass (503, time-out); such a row is never stored and stops the stage at its end.
    `later`: not asked, since a limit of the user's was reached; such a row is never stored either, and stops nothing.
    `tokens`: used by an LLM, in and out. `money`: in the currency of the prices in params.yaml. Both count the answers
    that no row has booked before; a row made of remembered answers costs nothing.
    `booked`: keys of the marks with these costs; they go when the row is stored.
    `remembered`: made of such answers alone; counted as reused.
    `asked`: keys of the marks with the answers at which the row failed; `python -m mmner retry` forgets them with it.
    """

    value: dict[str, Any] | None
    error: str | None = None
    transient: bool = False
    later: bool = False
    tokens: int = 0
    money: float = 0.0
    booked: tuple[str, ...] = ()
    remembered: bool = False
    asked: tuple[str, ...] = ()


class Backend(Protocol):
    """One interchangeable engine behind a stage: built from its Params, called on a batch of items.

    `uses`: the item fields that the answer depends on; they make the row's fingerprint.
    `batch_size`: items a call. No global state. A backend that is quicker on items of a kind also has
    `order(item)`: the items of a chunk are computed in its order, and returned in theirs; with `whole = True` the
    chunk is the corpus.
    One that asks a server has `requests`: how many it has made. One that remembers answers has `remembered(items)`:
    for each item, whether it would ask for nothing new.
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

    @property
    def failed(self) -> int:
        """Rows without a value, but for those that have no image or are left out."""
        return sum(count for reason, count in self.errors.items() if reason not in (NO_IMAGE, LEFT_OUT))

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
