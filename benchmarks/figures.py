"""One figure each, and how they are printed."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """What was measured: `value` against `goal`, which `most` says to be an upper or a lower limit."""

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


def seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def alternating(calls: Sequence[Callable[[], object]], repeat: int) -> list[list[float]]:
    """Seconds of each of `calls`, `repeat` times, by turns, so that a change of the machine's load meets all alike."""
    rounds = [[seconds(call) for call in calls] for _ in range(repeat)]
    return [list(column) for column in zip(*rounds, strict=True)]


def ratio(above: Sequence[float], below: Sequence[float]) -> float:
    """Median of the ratios of what was measured side by side."""
    return statistics.median(one / other for one, other in zip(above, below, strict=True))


def table(figures: Sequence[Figure]) -> str:
    """`figures` as a Markdown table."""
    lines = ["| what | figure | goal | note |", "|---|---|---|---|"]
    lines += [f"| {item.name} | {item.value:.3g} {item.unit} | {item.verdict} | {item.note} |" for item in figures]
    return "\n".join(lines)


def save(figures: Sequence[Figure], path: Path) -> None:
    """`figures` as JSON."""
    rows = [asdict(item) | {"verdict": item.verdict} for item in figures]
    path.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
