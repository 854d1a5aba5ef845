"""What a check of the doctor returns, and what all checks are given."""

from __future__ import annotations

import os
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mmner.base.errors import InputError
from mmner.base.main import of_machine


@dataclass(frozen=True)
class Finding:
    """The outcome of a check. `status`: FAIL means that a run can't succeed. `download`: bytes that it fetches."""

    status: Literal["ok", "warn", "FAIL"]
    message: str
    remedy: str = ""
    download: int = 0

    def line(self, about: str) -> str:
        """The finding as one line. `about`: whom it concerns, such as entries of params.yaml or a stage."""
        remedy = f"; remedy: {self.remedy}" if self.remedy else ""
        return f"{self.status:4}  {about}: {self.message}{remedy}".replace("\n", " ")


@dataclass(frozen=True)
class Context:
    """What all checks are given. `timeout`: seconds for each check over the network. `hub`: the model hub's address.

    `made`: paths that `dvc repro` makes before anything reads them. `machine`: a Machine, when its probe has ended.
    """

    timeout: float
    made: tuple[str, ...]
    hub: str
    machine: Future

    def makes(self, path: str | Path) -> bool:
        """Whether `path` does not exist yet and a stage of dvc.yaml makes it."""
        if Path(path).exists():
            return False
        absolute = os.path.abspath(path)
        return any(os.path.commonpath([absolute, out]) == out for out in map(os.path.abspath, self.made))


def from_error(error: Exception) -> Finding:
    """The finding about an error with which a stage would end, or which a look met that nobody foresaw."""
    error = of_machine(error) or error
    if not isinstance(error, InputError):
        what = f"error[unforeseen] this could not be looked at: {type(error).__name__}: {error}"
        return Finding("FAIL", what, "mend what it names; if it names nothing, report it with this line")
    place = f"{error.where}: " if error.where else ""
    return Finding("FAIL", f"error[{error.name}] {place}{error.what}", error.remedy)


def format_bytes(count: float) -> str:
    """`count` bytes with a unit, such as "1.5 GB"."""
    for unit in ("bytes", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "bytes" or count >= 10 else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"
