"""The backend `vision`: features of any vision tower of transformers (ViT, CLIP, SigLIP, ...), frozen."""

from __future__ import annotations

from functools import cached_property
from typing import Literal

import pydantic

from mmner.base.image_files import ImageBroken
from mmner.features.views import views
from mmner.networks import weights
from mmner.rows.contract import Result
from mmner.rows.inputs import unreadable


class Vision:
    """One vector an image and one a region, cut out of it; `grid` x `grid` an image where `patches` are wanted.

    `mmner.networks.towers.Tower` says what `pooling` means and how images are brought to the network's size.
    """

    class Params(weights.WeightsParams):
        pooling: Literal["auto", "cls", "pooler", "mean"] = "auto"
        patches: bool = False
        grid: int = pydantic.Field(7, ge=1)  # cells a side; the network's own patches are averaged over each

    uses = ("image_sha256", "boxes")
    reads_image = True

    def __init__(self, params: Params):
        self.params, self.batch_size = params, params.batch_size

    def identity(self) -> dict:
        known = self.params.identity()
        if not self.params.patches:
            del known["grid"]
        return {"backend": "vision", "version": 1, **known}

    def __call__(self, items: list[dict]) -> list[Result]:
        """Items as `views` takes them -> vectors of the network's width."""
        squares, spans = views(items, self._tower.square)
        pooled, grids = [], []
        for at in range(0, len(squares), self.params.batch_size):
            vectors, cells = self._see(squares[at : at + self.params.batch_size])
            pooled += list(vectors)
            grids += list(cells)
        results = []
        for item, span in zip(items, spans, strict=True):
            if isinstance(span, ImageBroken):
                results.append(unreadable(item, span))
                continue
            first, end = span
            patches = list(grids[first]) if self.params.patches else None
            results.append(Result({"image": pooled[first], "regions": pooled[first + 1 : end], "patches": patches}))
        return results

    def _see(self, squares: list):
        """n squares -> pooled (n, d) and, where `patches` are wanted, cells (n, grid * grid, d): float32 arrays."""
        import numpy as np
        import torch

        from mmner.networks import device, towers

        where = device.best()
        with torch.inference_mode(), device.autocast(self.params.precision, where)():
            pooled, patches = self._tower(self._tower.pixels(squares).to(where))
            found = towers.cells(patches, self.params.grid) if self.params.patches else None
        return pooled.cpu().numpy(), np.empty(len(squares)) if found is None else found.cpu().numpy()

    @cached_property
    def _tower(self):
        from mmner.networks.towers import Tower

        return Tower.load(self.params)
