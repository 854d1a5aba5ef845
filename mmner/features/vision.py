"""The backend `vision`: features of any vision tower of transformers (ViT, CLIP, SigLIP, ...), frozen."""

from __future__ import annotations

from functools import cached_property
from typing import Literal

import pydantic

from mmner import weights
from mmner.features.efficientnet import corners
from mmner.images import ImageBroken, load
from mmner.items import unreadable
from mmner.rows import Result


class Vision:
    """One vector an image and one a region, cut out of it; `grid` x `grid` an image where `patches` are wanted.

    Images are stretched to the network's square: CLIP's own way, cutting the middle out, loses the ends of a tall
    region. `pooling`: what stands for an image. auto is the network's pooler where it was trained with one (CLIP,
    SigLIP), else the class token (ViT's pooler is missing from many checkpoints, and random then), else the mean.
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
        chosen = self.params.model_dump(exclude={"batch_size", "weights", "revision", "allow_pickle"})
        if not self.params.patches:
            del chosen["grid"]
        known = weights.identity(self.params.weights, self.params.revision, self.params.allow_pickle)
        return {"backend": "vision", "version": 1, "weights": known, **chosen}

    def __call__(self, items: list[dict]) -> list[Result]:
        """Items with `image_path` and `boxes` ([{x0, y0, x1, y1}], in 0..1) -> vectors of the network's width."""
        views, spans = [], []
        for item in items:
            try:
                image = load(item["image_path"])
            except ImageBroken as error:
                spans.append(error)
                continue
            spans.append((len(views), len(views) + 1 + len(item["boxes"])))
            views += [image, *(image.crop(corners(box, *image.size)) for box in item["boxes"])]
        pooled, grids = [], []
        for at in range(0, len(views), self.params.batch_size):
            vectors, cells = self._see(views[at : at + self.params.batch_size])
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

    def _see(self, views: list):
        """n images -> pooled (n, d) and, where `patches` are wanted, cells (n, grid * grid, d): float32 arrays."""
        import numpy as np
        import torch

        square = [view.convert("RGB").resize((self._side, self._side), resample=3) for view in views]  # 3: bicubic
        pixels = self._processor(images=square, return_tensors="pt")["pixel_values"].to(self._network.device)
        with torch.inference_mode(), self._autocast():
            output = self._network(pixel_values=pixels)
        hidden = output.last_hidden_state.float()
        if hidden.dim() == 4:  # a convolutional network: (n, d, h, w)
            cells, prefix = hidden, None
        else:  # (n, prefix tokens and patches, d)
            across = self._side // self._network.config.patch_size
            prefix, flat = hidden.split([hidden.shape[1] - across**2, across**2], dim=1)
            cells = flat.transpose(1, 2).unflatten(2, (across, across))
        pooled = self._pooled(output, cells, prefix)
        if not self.params.patches:
            return pooled.cpu().numpy(), np.empty(len(views))
        cells = torch.nn.functional.adaptive_avg_pool2d(cells, self.params.grid).flatten(2).transpose(1, 2)
        return pooled.cpu().numpy(), cells.cpu().numpy()

    def _pooled(self, output, cells, prefix):
        how = self.params.pooling
        if how == "auto":
            has_own = any(name in self._network.config.model_type for name in ("clip", "siglip"))
            how = "pooler" if has_own else "cls" if prefix is not None and prefix.shape[1] else "mean"
        if how == "pooler":
            return output.pooler_output.float().flatten(1)
        return prefix[:, 0] if how == "cls" else cells.flatten(2).mean(2)

    @cached_property
    def _processor(self):
        from transformers import AutoImageProcessor

        return weights.processor(AutoImageProcessor, self.params)

    @cached_property
    def _side(self) -> int:
        """Pixels a side of the square that the processor makes of an image, whatever it is told in."""
        from PIL import Image

        *_, height, width = self._processor(images=Image.new("RGB", (64, 64)), return_tensors="pt")[
            "pixel_values"
        ].shape
        return min(height, width)

    @cached_property
    def _network(self):
        from transformers import AutoModel

        network = weights.network(AutoModel, self.params)
        return getattr(network, "vision_model", network)  # of a tower of two, such as CLIP's

    @cached_property
    def _autocast(self):
        from mmner import device

        return device.autocast(self.params.precision, device.best())
