"""Paths as people write them, and what is at them."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mmner.base.errors import InputError

SPECIAL = "no file to be read from, but a pipe or a device"


def expanded(value: Any) -> Any:
    """`value`, with the home folder where it, or a text in it, begins with `~/`: a shell expands it, YAML doesn't.

    Errors: InputError `no-home`.
    """
    if isinstance(value, dict):
        return {key: expanded(content) for key, content in value.items()}
    if isinstance(value, list):
        return [expanded(content) for content in value]
    if not isinstance(value, str) or not value.startswith("~/"):
        return value
    path = os.path.expanduser(value)
    if path == value:
        raise InputError("no-home", "this user has no home folder", where=value, remedy="set HOME, or write it in full")
    return path


def file_digest(path: Path, kind: str = "sha256") -> str:
    """The digest of the file at `path`, in hexadecimal. kind: as hashlib calls it. Errors: OSError."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, kind).hexdigest()


def read_text(path: str | Path) -> str:
    """The UTF-8 text of the file at `path`. Errors: UnicodeDecodeError; OSError, also for a pipe or a device."""
    if is_special(path):
        raise OSError(errno.EINVAL, SPECIAL, str(path))
    return Path(path).read_text(encoding="utf-8")


def user_cache(remedy: str) -> Path:
    """mmner's folder in the user's cache, whether it exists or not. Errors: InputError `no-home`, with `remedy`."""
    import platformdirs

    try:
        return Path(platformdirs.user_cache_dir("mmner", False))
    except RuntimeError as error:
        raise InputError("no-home", "this user has no home folder for a cache", remedy=remedy) from error


def is_special(path: str | Path) -> bool:
    """Whether a pipe, a socket or a device is at `path`: reading would wait for it, or have no end. Errors: OSError."""
    kind = os.stat(path).st_mode
    return not stat.S_ISREG(kind) and not stat.S_ISDIR(kind)


def odd_entry(entries: Iterable[Path], files: tuple[str, ...]) -> tuple[Path, str] | None:
    """The first of `entries` of a folder that no library should open, and what it is; None where there is none.

    files: ends of names that only files have.
    """
    for path in sorted(entries):
        try:
            if is_special(path):
                return path, SPECIAL
            if path.is_dir() and path.name.endswith(files):
                return path, "a folder, where a file belongs"
        except OSError as error:  # a link to itself, or to nowhere
            return path, error.strerror or str(error)
    return None
