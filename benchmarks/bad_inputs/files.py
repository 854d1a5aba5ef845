"""Ways to damage a file, whatever it holds."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path

Damage = Callable[[Path], object]


def flip(path: Path, share: float) -> None:
    """Turn the bits of the byte that is `share` (0..1) of the way through the file."""
    content = bytearray(path.read_bytes())
    content[int(share * (len(content) - 1))] ^= 0xFF
    path.write_bytes(content)


def cut(path: Path, share: float) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])


def instead(path: Path, make: Callable[[Path], object]) -> None:
    """Take what is at `path` away, and put there what `make` makes."""
    path.unlink(missing_ok=True)
    make(path)


def fifo(path: Path) -> None:
    instead(path, os.mkfifo)


def folder(path: Path) -> None:
    instead(path, Path.mkdir)


def loop(path: Path) -> None:
    """A link to itself."""
    instead(path, lambda place: place.symlink_to(place.name))


def device(path: Path) -> None:
    """What has no end, as /dev/zero: for root a node of its own, so that no case can harm the machine's."""
    if os.geteuid():
        instead(path, lambda place: place.symlink_to("/dev/zero"))
    else:
        instead(path, lambda place: os.mknod(place, stat.S_IFCHR | 0o666, os.makedev(1, 5)))


def listening(path: Path) -> None:
    """A socket."""
    path.unlink(missing_ok=True)
    here = os.getcwd()
    os.chdir(path.parent)  # a socket's address has 108 bytes at most
    try:
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(path.name)
    finally:
        os.chdir(here)


SPECIAL: dict[str, Damage] = {
    "FIFO": fifo,
    "folder": folder,
    "link to itself": loop,
    "device without end": device,
    "socket": listening,
    "missing": lambda path: path.unlink(),
}
BROKEN: dict[str, Damage] = {
    "empty": lambda path: path.write_bytes(b""),
    "cut to a half": lambda path: cut(path, 0.5),
    "cut to a hundredth": lambda path: cut(path, 0.01),
    "garbage": lambda path: path.write_bytes(b"\xff\xfe\x00garbage" * 50),
    "HTML": lambda path: path.write_text("<html><body>404 Not Found</body></html>"),
    "Git LFS pointer": lambda path: path.write_text(
        "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"
    ),
}
DAMAGE = {**SPECIAL, **BROKEN}
