"""Features of EfficientNet-Lite0: the mean over its last map, for the image and for each region cut out of it."""

from __future__ import annotations

import pydantic

from mmner.base.image_files import ImageBroken
from mmner.base.params import Params as BaseParams
from mmner.base.requirements import Need
from mmner.features.views import views
from mmner.networks.embedded.efficientnet import NEEDS, EfficientNet, pixels
from mmner.rows.contract import Result
from mmner.rows.inputs import unreadable


class Features:
    """Vectors of 1,280 numbers: one an image, one a region, and 49 an image where `patches` are wanted (row by row)."""

    class Params(BaseParams):
        patches: bool = False
        batch_size: int = pydantic.Field(16, ge=1)

        def needs(self) -> tuple[Need, ...]:
            return NEEDS

    uses = ("image_sha256", "boxes")
    reads_image = True

    def __init__(self, params: Params):
        self.params, self.batch_size = params, params.batch_size
        self._network = EfficientNet()

    def identity(self) -> dict:
        return {
            "backend": "efficientnet",
            "version": 1,
            "network": self._network.identity,
            "patches": self.params.patches,
        }

    def __call__(self, items: list[dict]) -> list[Result]:
        """Items as `views` takes them -> vectors; one pass for all of them."""
        batch, spans = views(items, pixels)
        maps = self._network.maps(batch)
        pooled = maps.mean((2, 3))  # (n, 1280)
        return [self._result(item, span, maps, pooled) for item, span in zip(items, spans, strict=True)]

    def _result(self, item: dict, span: tuple[int, int] | ImageBroken, maps, pooled) -> Result:
        if isinstance(span, ImageBroken):
            return unreadable(item, span)
        first, end = span
        grid = list(maps[first].reshape(maps.shape[1], -1).T) if self.params.patches else None  # 49 of (1280,)
        return Result({"image": pooled[first], "regions": list(pooled[first + 1 : end]), "patches": grid})
