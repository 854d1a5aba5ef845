"""The seconds that each stage takes to print --help."""

from __future__ import annotations

import statistics
import subprocess
import sys

from benchmarks.figures import Figure, seconds
from benchmarks.pipeline import ROOT, STAGES


def measure(repeat: int) -> list[Figure]:
    """A figure for each stage, and one of a Python that does nothing, for comparison."""

    def median(*arguments: str) -> float:
        command = [sys.executable, *arguments]
        return statistics.median(
            seconds(lambda: subprocess.run(command, cwd=ROOT, check=True, capture_output=True)) for _ in range(repeat)
        )

    bare = Figure("python that does nothing", median("-c", "pass"), "s")
    return [bare, *(Figure(f"{stage} --help", median(f"stages/{stage}.py", "--help"), "s", 0.5) for stage in STAGES)]
