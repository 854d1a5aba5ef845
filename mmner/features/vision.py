"""The backend `vision`: features of any vision tower of transformers (ViT, CLIP, SigLIP, ...), frozen."""

from __future__ import annotations

from functools import cached_property
from typing import Literal

from mmner.features.views import views
from mmner.networks import weights
from mmner.rows.contract import Backend, Item, Result


class Vision(Backend):
    """One vector an image, one for each region's crop, and `grid` x `grid` an image where `patches` are wanted.

    `mmner.networks.towers.Tower` says what `pooling` means and how images are brought to the network's size.
    """

    class Params(weights.WeightsParams):
        pooling: Literal["auto", "cls", "pooler", "mean"] = "auto"
        patches: bool = False
        grid: weights.Grid = 7  # cells a side; the network's own patches are averaged over each

    uses = ("image_sha256", "boxes")
    reads_image = True

    def identity(self) -> dict:
        weights_identity = self.params.identity(self.memo)
        if not self.params.patches:
            del weights_identity["grid"]
        return {"backend": "vision", "version": 2, **weights_identity}

    def __call__(self, items: list[Item]) -> list[Result]:
        """Vectors, of the network's width, of `items`, whose fields `views` names."""
        squares, spans = views(items, self._tower.square)
        pooled, grids = [], []
        for at in range(0, len(squares), self.params.batch_size):
            vectors, cells = self._encode(squares[at : at + self.params.batch_size])
            pooled += list(vectors)
            grids += list(cells)
        results = []
        for span in spans:
            if isinstance(span, Result):
                results.append(span)
                continue
            first, end = span
            patches = list(grids[first]) if self.params.patches else None
            results.append(Result({"image": pooled[first], "regions": pooled[first + 1 : end], "patches": patches}))
        return results

    def _encode(self, squares: list):
        """n squares -> pooled (n, d) and, where `patches` are wanted, cells (n, grid * grid, d): float32 arrays."""
        import numpy as np
        import torch

        from mmner.networks import device, towers

        best_device = device.best()
        with torch.inference_mode(), device.autocast(self.params.precision, best_device)():
            pooled, patches = self._tower(self._tower.pixels(squares).to(best_device))
            cells = towers.cells(patches, self.params.grid) if self.params.patches else None
        return pooled.cpu().numpy(), np.empty(len(squares)) if cells is None else cells.cpu().numpy()

    @cached_property
    def _tower(self):
        from mmner.networks.towers import Tower

        return Tower.load(self.params)
