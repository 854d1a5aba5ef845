"""Options of the commands: checked alike, refused alike."""

from __future__ import annotations

import math
from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path

from mmner.base.errors import InputError


def pairs(given: Iterable[str], option: str) -> dict[str, str]:
    """NAME=VALUE arguments as a dict. Errors: InputError `bad-option`."""
    found = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not (name and equals and value):
            raise InputError("bad-option", f"{option} {text}", remedy=f"write it as {option} NAME=VALUE")
        found[name] = value
    return found


def check_number(option: str, value: float | None, low: float, high: float) -> None:
    """Errors: InputError `bad-option` unless `value` is None or in low..high; high may be infinite."""
    if value is not None and not low <= value <= high:  # nan is in no range
        remedy = f"{low:g} or more" if math.isinf(high) else f"a number from {low:g} to {high:g}"
        raise InputError("bad-option", f"{option} {value:g}", remedy=remedy)


def check_folder(option: str, path: Path, default: Path) -> None:
    """Errors: InputError `bad-option` where `path` is no folder; `default` may be missing."""
    if not path.is_dir() and (path.exists() or path != default):
        what = f"{option} {path}: {'no folder' if path.exists() else 'no such folder'}"
        raise InputError("bad-option", what, remedy="name the folder, or leave the option out")


def repeatable(parser: ArgumentParser, option: str, dest: str, metavar: str, what: str) -> None:
    """Add an option that may stand several times; [] where it stands nowhere."""
    parser.add_argument(option, dest=dest, action="append", default=[], metavar=metavar, help=f"{what}; repeatable")
