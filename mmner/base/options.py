"""Options of the commands: checked alike, refused alike."""

from __future__ import annotations

import math
import os
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable
from pathlib import Path

from mmner.base.errors import InputError

# Options that name a folder to read, with what they are where they are left out. One that is misspelt would have
# nothing in it: `clean` would take the rows of all artifacts for unused.
FOLDERS = {"data": Path("data/raw"), "prepared": Path("data/prepared"), "runs": Path("data/runs")}


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


def check_folder(option: str, path: Path, default: Path, *, made: bool = False) -> None:
    """Errors: InputError `bad-option` where `path` is no folder; `default` may be missing, and any that is `made`."""
    there = os.path.lexists(path)
    if not path.is_dir() and (there or not (made or path == default)):
        what = f"{option} {path}: {'no folder' if there else 'no such folder'}"
        raise InputError("bad-option", what, remedy="name the folder, or leave the option out")


def check_folders(given: Namespace) -> None:
    """`check_folder` of each of FOLDERS that is among the arguments; a command with `makes_folders` may make it."""
    for name, default in FOLDERS.items():
        if isinstance(path := getattr(given, name, None), Path):  # train-all has runs by name
            check_folder(f"--{name}", path, default, made=getattr(given, "makes_folders", False))


def check_known(option: str, names: Iterable[str] | None, known: Iterable[str]) -> None:
    """Errors: InputError `unknown-entry` where one of `names` is none of `known`."""
    known = sorted(known)
    if wrong := [name for name in names or () if name not in known]:
        remedy = f"one of: {', '.join(known) or '(none)'}"
        raise InputError("unknown-entry", f"{option} {wrong[0]}: there is none of that name", remedy=remedy)


def repeatable(parser: ArgumentParser, option: str, dest: str, metavar: str, what: str) -> None:
    """Add an option that may stand several times; [] where it stands nowhere."""
    parser.add_argument(option, dest=dest, action="append", default=[], metavar=metavar, help=f"{what}; repeatable")
