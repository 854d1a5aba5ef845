"""A stage's script in the process of the test, which is quicker than one of its own."""

import runpy
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def run(script: str, arguments: Sequence[str], patch: pytest.MonkeyPatch) -> int:
    """The exit status of `script`, such as stages/tag.py."""
    path = str(ROOT / script)
    patch.setattr(sys, "argv", [path, *arguments])
    try:
        runpy.run_path(path, run_name="__main__")
    except SystemExit as end:
        return end.code or 0
    return 0
