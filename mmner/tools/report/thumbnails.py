"""Images of posts as small JPEGs that a page can hold."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mmner.base import image_files
from mmner.base.atomic import atomic_write

SIDE = 220  # pixels of the longer side
MAX_BYTES = 15_000
LARGE_SIDE = 1200
THREADS = 4


def small(path: str) -> str | None:
    """The image at `path` as base64 of a JPEG of at most MAX_BYTES; None where it can't be read."""
    try:
        image = image_files.load(path)
    except image_files.ImageBroken:
        return None
    side = SIDE
    while True:
        shown = image.copy()
        shown.thumbnail((side, side))
        for quality in (75, 55, 35):
            written = io.BytesIO()
            shown.save(written, "JPEG", quality=quality, optimize=True)
            if written.tell() <= MAX_BYTES:
                return base64.b64encode(written.getvalue()).decode()
        side //= 2


def all_small(paths: Sequence[str]) -> Iterator[str | None]:
    """`small` of each of `paths`, in order."""
    with ThreadPoolExecutor(THREADS) as pool:
        yield from pool.map(small, paths)


def large(path: str, out: Path) -> bool:
    """Write the image at `path` to `out`, a JPEG; whether it could be read."""
    try:
        image = image_files.load(path)
    except image_files.ImageBroken:
        return False
    image.thumbnail((LARGE_SIDE, LARGE_SIDE))
    with atomic_write(out) as temporary:
        image.save(temporary, "JPEG", quality=85)
    return True
