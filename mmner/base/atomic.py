"""Files that are written whole or not at all, and the file system's refusals as errors that a user can read."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mmner.base import paths
from mmner.base.errors import InputError

# Something else is at a path than can be used: a file where a folder belongs, a link to itself, a name too long.
IN_THE_WAY = {errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.ENXIO, errno.ENODEV}
GIVE_PLACE = "put what belongs there in its place, or name another"


@contextmanager
def os_errors_as_input_error(path: Path) -> Iterator[None]:
    """Turn an OSError about `path` into an InputError `artifact-full`, `in-the-way`, `artifact-read-only`."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            name, reason, remedy = "artifact-full", "no space left on the disk", "make room, then run again"
        elif error.errno in IN_THE_WAY:
            name, reason, remedy = "in-the-way", error.strerror or str(error), GIVE_PLACE
        else:
            name, reason = "artifact-read-only", f"cannot be written ({error})"
            remedy = "give write access to this folder, then run again"
        raise InputError(name, f"{reason}; rows stored so far are kept", where=str(path), remedy=remedy) from error


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """A temporary path, of a file or a folder, beside `path`: renamed to it when the block ends well, else removed.

    Each thread has its own.

    Leftovers of killed writers of `path` are removed, too. Errors: InputError `in-the-way`.
    """
    refuse_special(path)
    temporary = path.with_name(f".{path.name}.{threading.get_native_id()}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(path)
        yield temporary
        os.replace(temporary, path)
    finally:
        _remove(temporary)


@contextmanager
def usual_mode(path: Path) -> Iterator[None]:
    """For a block that writes a new file to `path`: gives it the mode that the process gives to its files.

    A library that writes through a file of its own, as safetensors does, lets the owner alone read it.
    """
    path.touch(exist_ok=False)
    mode = path.stat().st_mode
    yield
    path.chmod(mode)


def refuse_special(path: Path) -> None:
    """Errors: InputError `in-the-way` where `path` is a pipe, a socket or a device, or a link to one.

    Renaming would put a file in its place: whoever may write to /dev would lose /dev/zero to all programs.
    """
    try:
        special = paths.is_special(path)
    except OSError:  # nothing is there, or what writing will name
        return
    if special:
        what, remedy = "a pipe, a socket or a device, which would be replaced", "name another path"
        raise InputError("in-the-way", what, where=str(path), remedy=remedy)


def check_places(*outs: str | Path, folders: bool = False) -> None:
    """Check that a file can be written to each of `outs`, or a folder, before anything is written.

    What a stage has computed is kept anyway; of its artifacts there are all then, or none.
    Errors: InputError `in-the-way`, where what is there, or above it, is of another kind.
    """
    for path in map(Path, outs):
        with os_errors_as_input_error(path):
            refuse_special(path)
            with suppress(FileNotFoundError, NotADirectoryError):
                os.lstat(path)  # a name too long is no name that is free
            if os.path.lexists(path) and stat.S_ISDIR(os.stat(path).st_mode) != folders:
                raise OSError(errno.EEXIST, "a file where a folder belongs" if folders else "a folder is there")
            above = next(place for place in path.absolute().parents if os.path.lexists(place))
            if not above.is_dir():
                raise OSError(errno.ENOTDIR, f"{above} is no folder")


def write_text(path: Path, text: str) -> None:
    """Write `text` to `path`, whole or not at all."""
    with atomic_write(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _remove_leftovers(path: Path) -> None:
    """Remove the temporary files of writers of `path` that were killed."""
    for leftover in path.parent.glob(f".{path.name}.*.tmp"):
        writer = leftover.name.split(".")[-2]
        try:
            os.kill(int(writer), 0)
        except ProcessLookupError:
            _remove(leftover)
        except (ValueError, PermissionError):
            continue


def _remove(path: Path) -> None:
    """Remove the file or folder at `path`, if there is one."""
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
