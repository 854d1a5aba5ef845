"""A measured figure, ways to measure one, and the printed table of figures."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """A measured `value` and its `goal`: an upper limit if `most`, else a lower limit; None: no goal."""

    name: str
    value: float
    unit: str
    goal: float | None = None
    most: bool = True
    note: str = ""

    @property
    def verdict(self) -> str:
        if self.goal is None:
            return ""
        met = self.value <= self.goal if self.most else self.value >= self.goal
        return f"{'<=' if self.most else '>='} {self.goal:g}: {'met' if met else 'MISSED'}"


def seconds(call: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    started = clock()
    call()
    return clock() - started


def alternating(
    calls: Sequence[Callable[[], object]], repeat: int, clock: Callable[[], float] = time.perf_counter
) -> list[list[float]]:
    """For each of `calls`, its seconds in `repeat` rounds; a round runs each once, so that all meet the same load.

    clock: time.process_time counts CPU seconds, of all threads, which other load on the machine moves less.
    """
    rounds = [[seconds(call, clock) for call in calls] for _ in range(repeat)]
    return [list(column) for column in zip(*rounds, strict=True)]


def ratio(above: Sequence[float], below: Sequence[float]) -> float:
    """The median ratio of the measurements `above` to those `below`, pair by pair."""
    return statistics.median(one / other for one, other in zip(above, below, strict=True))


def table(figures: Sequence[Figure]) -> str:
    """`figures` as a Markdown table."""
    lines = ["| what | figure | goal | note |", "|---|---|---|---|"]
    lines += [f"| {item.name} | {item.value:.3g} {item.unit} | {item.verdict} | {item.note} |" for item in figures]
    return "\n".join(lines)


def save(figures: Sequence[Figure], path: Path) -> None:
    """Write `figures` to `path` as JSON."""
    rows = [asdict(item) | {"verdict": item.verdict} for item in figures]
    path.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
