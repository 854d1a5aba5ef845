"""Regions without expressions: detected objects and text lines, drawn at random (TVO's ablation "w/o LLMs")."""

from __future__ import annotations

import random

from mmner.base.params import Count, Seed
from mmner.base.params import Params as BaseParams
from mmner.base.requirements import Requirement
from mmner.networks.embedded.image_analysis import REQUIREMENTS, ImageAnalyzer
from mmner.rows.contract import Backend, Budget, Item, Memo, Result


class Sampled(Backend):
    """`max_regions` of an image's tag and text boxes; the same image and seed give the same ones."""

    class Params(BaseParams):
        max_regions: Count = 5  # TVO samples five detected objects
        seed: Seed = 1
        batch_size: Count = 16

        def requirements(self) -> tuple[Requirement, ...]:
            return REQUIREMENTS

    uses = ("image_sha256",)
    reads_image = True

    def __init__(self, params: Params, memo: Memo | None = None, budget: Budget | None = None):
        super().__init__(params, memo, budget)
        self._analyzer = ImageAnalyzer(self.memo)

    def identity(self) -> dict:
        chosen = self.params.model_dump(exclude={"batch_size"})
        return {"backend": "sampled", "version": 1, "looks": self._analyzer.identity(), **chosen}

    def __call__(self, items: list[Item]) -> list[Result]:
        return [
            detected if isinstance(detected, Result) else self._regions(item, detected)
            for item, detected in zip(items, self._analyzer(items), strict=True)
        ]

    def _regions(self, item: Item, detected: dict) -> Result:
        objects = [{"label": tag["name"], **tag} for tag in detected["tags"]]
        objects += [{"label": line["text"], **line} for line in detected["lines"]]
        rng = random.Random(f"{self.params.seed} {item['image_sha256']}")
        drawn = rng.sample(objects, min(self.params.max_regions, len(objects)))
        return Result(
            {
                "regions": [
                    {"expression": None, "label": object_["label"], "score": object_["score"], "box": object_["box"]}
                    for object_ in drawn
                ]
            }
        )
