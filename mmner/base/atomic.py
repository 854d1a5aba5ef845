"""Files that are written whole or not at all, and what a file system refuses of them."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mmner.base.errors import InputError


@contextmanager
def os_errors_as_input_error(path: Path) -> Iterator[None]:
    """What the file system refuses of `path` in the block, as InputError `artifact-full` or `artifact-read-only`."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            name, what, remedy = "artifact-full", "no space left on the disk", "make room, then run again"
        else:
            name, what = "artifact-read-only", f"cannot be written ({error})"
            remedy = "give write access to this folder, then run again"
        raise InputError(name, f"{what}; rows stored so far are kept", where=str(path), remedy=remedy) from error


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """A temporary path beside `path`, renamed to it when the block ends well, and removed when it does not.

    What writers of `path` left that were killed is removed, too.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(path)
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _remove_leftovers(path: Path) -> None:
    """Remove what writers of `path` left that were killed."""
    for left in path.parent.glob(f".{path.name}.*.tmp"):
        writer = left.name.split(".")[-2]
        try:
            os.kill(int(writer), 0)
        except ProcessLookupError:
            left.unlink(missing_ok=True)
        except (ValueError, PermissionError):
            continue
