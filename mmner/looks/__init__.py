"""Looks: what the embedded networks see in an image, found once and used by captions and regions.

Reads: images. Writes: the row store, one look an image_sha256:
{"tags": [{"name": "military uniform", "score": 0.46, "box": {"x0": 0.1, "y0": 0.3, "x1": 0.9, "y1": 1.0}}],
 "lines": [{"text": "Marlow Bakery", "score": 0.98, "box": {...}}]}; boxes in 0..1 of width and height.
"""

from __future__ import annotations

import hashlib
import json

from mmner.artifacts import round_floats
from mmner.images import ImageBroken, load
from mmner.looks import network, ocr
from mmner.needs import Package
from mmner.store import Store

TAGS = 10  # kept of an image
MIN_SCORE = 0.02  # of a tag that is kept
NEEDS = (*network.NEEDS, Package("rapidocr"))


class Looks:
    """Looks of images, from the store or computed. The networks load at the first image that the store lacks."""

    def __init__(self, store: Store | None = None):
        self._store = store
        self._network = network.EfficientNet()
        self._reader = ocr.Reader()

    def identity(self) -> dict:
        """What a look depends on, beside the image."""
        return {"version": 1, "network": self._network.identity, "reader": self._reader.identity}

    def __call__(self, items: list[dict]) -> list[dict | ImageBroken]:
        """Items with `image_sha256` and `image_path` -> a look each, or why its image can't be had."""
        if self._store is None:
            self._store = Store()
        identity = json.dumps(self.identity(), sort_keys=True)
        keys = [hashlib.sha256(f"looks {identity} {item['image_sha256']}".encode()).hexdigest() for item in items]
        looks: dict[str, dict | ImageBroken] = dict(self._store.get(keys))
        lacking = {key: item for key, item in zip(keys, items, strict=True) if key not in looks}
        images, lines = {}, {}
        for key, item in lacking.items():
            try:
                image = load(item["image_path"], item["image_sha256"])
            except ImageBroken as error:
                looks[key] = error
                continue
            images[key] = network.pixels(image)
            lines[key] = self._reader(image)
        fresh = {}
        for key, tags in zip(images, self._tags(list(images.values())), strict=True):
            fresh[key] = round_floats({"tags": tags, "lines": lines[key]})
        self._store.put(fresh)
        looks.update(fresh)
        return [looks[key] for key in keys]

    def _tags(self, batch: list) -> list[list[dict]]:
        """Arrays from `network.pixels` -> the best tags of each, best first."""
        if not batch:
            return []
        maps = self._network.maps(batch)
        answers = []
        for feature_map, scores in zip(maps, self._network.scores(maps), strict=True):
            best = [label for label in (-scores).argsort(kind="stable")[:TAGS] if scores[label] >= MIN_SCORE]
            answers.append(
                [
                    {
                        "name": self._network.labels[label],
                        "score": float(scores[label]),
                        "box": network.box(self._network.activation(feature_map, label)),
                    }
                    for label in best
                ]
            )
        return answers
