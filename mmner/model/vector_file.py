"""Posts' vectors in a file: one post's are read when they are asked for, so that a training holds its batch alone.

The file: all vectors in float32, post after post (image, regions, patches); how many of each, three int32 a post; a
tail with what they are. Read by `pread`, not through a mapping: what is mapped counts as the process's memory once it
was looked at, and a training's key looks at everything.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np

from mmner.model.visuals import Visual

MAGIC = b"mmnervf1"
TAIL = struct.Struct("<8sQQI")  # MAGIC, width, posts, CRC-32 of all before it
PIECE = 1 << 20  # bytes read at a time where a file is checked


class VectorFile:
    """The vectors of posts by number, in a file that stays open: who deletes it takes nothing from who reads it."""

    def __init__(self, file: BinaryIO, width: int, counts: np.ndarray):
        self._file, self.width, self._counts = file, width, counts
        self._starts = np.concatenate([[0], counts.sum(1, dtype=np.int64).cumsum()])

    def __len__(self) -> int:
        return len(self._counts)

    def has_image(self, number: int) -> bool:
        return bool(self._counts[number, 0])

    def read(self, number: int) -> Visual:
        """The vectors of post `number`, in memory. Errors: OSError where the disk gives less than was there."""
        image, regions, patches = self._counts[number].tolist()
        vectors = np.empty((image + regions + patches, self.width), "<f4")
        offset = int(self._starts[number]) * self.width * vectors.itemsize
        if vectors.size and os.preadv(self._file.fileno(), [vectors], offset) != vectors.nbytes:
            raise OSError(f"{self._file.name}: cut off while it is read")
        return Visual(vectors[0] if image else None, vectors[image : image + regions], vectors[image + regions :])


class StoredVisual:
    """Visual of post `number` of a VectorFile."""

    def __init__(self, file: VectorFile, number: int):
        self._file, self._number = file, number

    @property
    def present(self) -> bool:
        """Whether there is an image."""
        return self._file.has_image(self._number)

    def loaded(self) -> Visual:
        return self._file.read(self._number)

    def content(self):
        return self.loaded().content()

    def data(self) -> Iterator[bytes]:
        yield from self.loaded().data()


def write(file: BinaryIO, width: int, chunks: Iterable[Sequence[Visual]]) -> None:
    """Write the vectors, `width` numbers each, of all `chunks` of posts to `file`, one chunk in memory at a time."""
    check, counts = 0, [np.zeros((0, 3), "<i4")]
    for posts in chunks:
        for post in posts:
            parts = [[post.image] if post.present else [], post.regions, post.patches]
            counts.append(np.array([[len(part) for part in parts]], "<i4"))
            for vector in (np.ascontiguousarray(part, "<f4") for part in parts if len(part)):
                file.write(vector)
                check = zlib.crc32(vector, check)
    table = np.concatenate(counts)
    file.write(table)
    file.write(TAIL.pack(MAGIC, width, len(table), zlib.crc32(table, check)))


def opened(path: Path) -> VectorFile | None:
    """The file at `path`, as `write` left it; None where it is missing, damaged or another's."""
    try:
        file = path.open("rb", buffering=0)
    except OSError:
        return None
    try:
        return _checked(file)
    except (OSError, ValueError, struct.error):
        file.close()
        return None


def _checked(file: BinaryIO) -> VectorFile:
    """Errors: OSError, ValueError, struct.error where `file` is not as it was written."""
    size = os.fstat(file.fileno()).st_size - TAIL.size
    magic, width, posts, check = TAIL.unpack(os.pread(file.fileno(), TAIL.size, max(size, 0)))
    if magic != MAGIC or 12 * posts > size:
        raise ValueError("another file")
    counts = np.frombuffer(os.pread(file.fileno(), 12 * posts, size - 12 * posts), "<i4").reshape(posts, 3)
    if 4 * width * counts.sum(dtype=np.int64) + 12 * posts != size:
        raise ValueError("another size")
    found = 0
    for offset in range(0, size, PIECE):
        found = zlib.crc32(os.pread(file.fileno(), min(PIECE, size - offset), offset), found)
    if found != check:
        raise ValueError("another content")
    return VectorFile(file, width, counts)
