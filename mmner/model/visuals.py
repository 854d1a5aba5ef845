"""What the model may see of one post: frozen vectors, or the image and its regions for a vision tower."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Visual:
    """Frozen vectors of one example: image (v,) or None, regions (r, v), patches (p, v); r and p may be 0."""

    image: np.ndarray | None
    regions: np.ndarray
    patches: np.ndarray

    @property
    def present(self) -> bool:
        """Whether there is an image."""
        return self.image is not None

    def loaded(self) -> Visual:
        """This: what a `mmner.model.vector_file.StoredVisual` reads from its file is here."""
        return self

    def content(self):
        """JSON-able, and cheap: sums, equal where the vectors are."""
        image = None if self.image is None else float(self.image.sum())
        return image, float(self.regions.sum()), float(self.patches.sum())

    def data(self) -> Iterator[bytes]:
        """The vectors, each part after its shape: equal where, and only where, the vectors are."""
        for part in (self.image, self.regions, self.patches):
            yield b"none\n" if part is None else f"{part.shape}\n".encode()
            if part is not None:
                yield np.ascontiguousarray(part, "<f4").tobytes()


@dataclass(frozen=True)
class Views:
    """What the tower sees of one example: the image at `path`, if `whole`, and each of `boxes` cut out of it.

    `path`: None without an image. `boxes`: {x0, y0, x1, y1}, in 0..1. `sha256`: of the image's bytes.
    """

    path: Path | None
    boxes: tuple[dict, ...] = ()
    whole: bool = True
    sha256: str | None = None

    @property
    def present(self) -> bool:
        """Whether there is an image."""
        return self.path is not None

    def content(self):
        """JSON-able: equal where the views show the same."""
        return (self.sha256, self.boxes) if self.present else None

    def data(self) -> Iterator[bytes]:
        """The image's digest, whether all of it is seen, and the boxes: equal where the views show the same."""
        shown = (self.sha256, self.whole, self.boxes) if self.present else None
        yield json.dumps(shown, sort_keys=True).encode() + b"\n"
