"""Features of EfficientNet-Lite0: the mean of the last feature map, for the image and for each region's crop."""

from __future__ import annotations

from mmner.base.params import Count
from mmner.base.params import Params as BaseParams
from mmner.base.requirements import Requirement
from mmner.features.views import views
from mmner.networks.embedded.efficientnet import REQUIREMENTS, EfficientNet, pixels
from mmner.rows.contract import Backend, Budget, Item, Memo, Result


class Features(Backend):
    """Vectors of 1,280 numbers: one an image, one a region, and 49 an image where `patches` are wanted (row by row)."""

    class Params(BaseParams):
        patches: bool = False
        batch_size: Count = 16

        def requirements(self) -> tuple[Requirement, ...]:
            return REQUIREMENTS

    uses = ("image_sha256", "boxes")
    reads_image = True

    def __init__(self, params: Params, memo: Memo | None = None, budget: Budget | None = None):
        super().__init__(params, memo, budget)
        self._network = EfficientNet()

    def identity(self) -> dict:
        return {
            "backend": "efficientnet",
            "version": 1,
            "network": self._network.identity,
            "patches": self.params.patches,
        }

    def __call__(self, items: list[Item]) -> list[Result]:
        """Vectors of `items`, whose fields `views` names; one forward pass for all of them."""
        batch, spans = views(items, pixels)
        maps = self._network.maps(batch)
        pooled = maps.mean((2, 3))  # (n, 1280)
        return [self._result(span, maps, pooled) for span in spans]

    def _result(self, span: tuple[int, int] | Result, maps, pooled) -> Result:
        if isinstance(span, Result):
            return span
        first, end = span
        grid = list(maps[first].reshape(maps.shape[1], -1).T) if self.params.patches else None  # 49 of (1280,)
        return Result({"image": pooled[first], "regions": list(pooled[first + 1 : end]), "patches": grid})
