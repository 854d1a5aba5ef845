"""What the doctor finds, and what it knows about here before it looks."""

from __future__ import annotations

import os
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mmner.base.errors import InputError


@dataclass(frozen=True)
class Finding:
    """`status`: FAIL means that a run can't succeed. `download`: bytes that a run would fetch first."""

    status: Literal["ok", "warn", "FAIL"]
    told: str
    remedy: str = ""
    download: int = 0

    def line(self, about: str) -> str:
        """One line; `about`: what it was looked at for."""
        remedy = f"; remedy: {self.remedy}" if self.remedy else ""
        return f"{self.status:4}  {about}: {self.told}{remedy}".replace("\n", " ")


@dataclass(frozen=True)
class Here:
    """`timeout`: seconds for each network check. `made`: what `dvc repro` makes before anything reads it.

    `hub`: address of the model hub. `machine`: a Machine, once its probe is through.
    """

    timeout: float
    made: tuple[str, ...]
    hub: str
    machine: Future

    def makes(self, path: str | Path) -> bool:
        """Whether `path` lacks, and a stage of dvc.yaml makes it."""
        if Path(path).exists():
            return False
        there = os.path.abspath(path)
        return any(os.path.commonpath([there, out]) == out for out in map(os.path.abspath, self.made))


def wrong(error: InputError) -> Finding:
    """An error that a stage would end with."""
    place = f"{error.where}: " if error.where else ""
    return Finding("FAIL", f"error[{error.name}] {place}{error.what}", error.remedy)


def size(count: float) -> str:
    """`count` bytes in words."""
    for unit in ("bytes", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "bytes" or count >= 10 else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"
