"""What a vision tower looks at, decoded once: squares of 8 bits a colour in files, beside the store."""

from __future__ import annotations

import hashlib
import json
import threading
from pathlib import Path

import numpy as np

from mmner.base import atomic
from mmner.model.visuals import Views
from mmner.rows.store import let_group_write


class Squares:
    """A folder of images as `mmner.networks.towers.Tower.square` makes them; it grows to `most` bytes, and no further.

    A post's file is named by the image's bytes, what is seen of it, and the side in pixels: another tower of the same
    side, another run and another epoch find it. A damaged one counts as missing.
    """

    def __init__(self, folder: Path, side: int, most: int):
        self._folder, self._side = folder, side
        self._counting = threading.Lock()  # threads read images ahead, and share the room
        self._left = most - sum(path.stat().st_size for path in folder.glob("*/*.npy"))

    def get(self, views: Views) -> np.ndarray | None:
        """(k, side, side, 3) uint8: the whole image where it is seen, then each region; None where it is not kept."""
        count = views.whole + len(views.boxes)
        if (path := self._path(views)) is None or not path.is_file():
            return None
        try:
            kept = np.load(path, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError):
            return None
        return kept if kept.shape == (count, self._side, self._side, 3) and kept.dtype == np.uint8 else None

    def put(self, views: Views, squares: np.ndarray) -> None:
        """Keep `squares`, as `get` returns them, while there is room."""
        path = self._path(views)
        with self._counting:
            if path is None or squares.nbytes > self._left:
                return
            self._left -= squares.nbytes
        try:
            with atomic.atomic_write(path) as temporary, temporary.open("wb") as file:
                np.save(file, squares)
            for folder in (self._folder, path.parent):
                let_group_write(folder, 0o2775)
        except OSError:  # another's folder, a full disk: the image is decoded again
            with self._counting:
                self._left += squares.nbytes

    def _path(self, views: Views) -> Path | None:
        if views.sha256 is None:
            return None
        about = json.dumps([views.sha256, views.whole, views.boxes, self._side], sort_keys=True)
        name = hashlib.sha256(about.encode()).hexdigest()
        return self._folder / name[:2] / f"{name}.npy"
