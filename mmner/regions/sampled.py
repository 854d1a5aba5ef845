"""Regions without expressions: things seen in the image, drawn at random (TVO's ablation "w/o LLMs")."""

from __future__ import annotations

import random

import pydantic

from mmner.base.image_files import ImageBroken
from mmner.base.params import Params as BaseParams
from mmner.base.requirements import Need
from mmner.networks.embedded.image_analysis import NEEDS, Looks
from mmner.rows.contract import Result
from mmner.rows.inputs import unreadable


class Sampled:
    """`max_regions` of an image's tag and text boxes; the same image and seed give the same ones."""

    class Params(BaseParams):
        max_regions: int = pydantic.Field(5, ge=1)  # TVO samples five detected objects
        seed: int = 1
        batch_size: int = pydantic.Field(16, ge=1)

        def needs(self) -> tuple[Need, ...]:
            return NEEDS

    uses = ("image_sha256",)
    reads_image = True

    def __init__(self, params: Params):
        self.params, self.batch_size = params, params.batch_size
        self._looks = Looks()

    def identity(self) -> dict:
        mattering = self.params.model_dump(exclude={"batch_size"})
        return {"backend": "sampled", "version": 1, "looks": self._looks.identity(), **mattering}

    def __call__(self, items: list[dict]) -> list[Result]:
        return [self._regions(item, look) for item, look in zip(items, self._looks(items), strict=True)]

    def _regions(self, item: dict, look: dict | ImageBroken) -> Result:
        if isinstance(look, ImageBroken):
            return unreadable(item, look)
        things = [{"label": tag["name"], **tag} for tag in look["tags"]]
        things += [{"label": line["text"], **line} for line in look["lines"]]
        chance = random.Random(f"{self.params.seed} {item['image_sha256']}")
        drawn = chance.sample(things, min(self.params.max_regions, len(things)))
        return Result(
            {
                "regions": [
                    {"expression": None, "label": thing["label"], "score": thing["score"], "box": thing["box"]}
                    for thing in drawn
                ]
            }
        )
