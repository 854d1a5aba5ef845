"""Image analysis: tags and text lines that the embedded networks detect in an image, for captions and regions.

Reads: images. Keeps in the memo, by image_sha256:
{"tags": [{"name": "military uniform", "score": 0.46, "box": {"x0": 0.1, "y0": 0.3, "x1": 0.9, "y1": 1.0}}],
 "lines": [{"text": "Marlow Bakery", "score": 0.98, "box": {...}}]}; boxes in 0..1 of width and height.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from mmner.base.requirements import Package
from mmner.networks.embedded import efficientnet, ocr
from mmner.rows.contract import Item, Memo, Result
from mmner.rows.inputs import open_images
from mmner.rows.schemas import round_floats

TAGS = 10  # kept of an image
MIN_SCORE = 0.02  # of a tag that is kept
REQUIREMENTS = (*efficientnet.REQUIREMENTS, Package("rapidocr"))


class ImageAnalyzer:
    """Tags and text lines of images, kept in `memo`. The networks load at the first image that it lacks."""

    def __init__(self, memo: Memo):
        self._memo = memo
        self._network = efficientnet.EfficientNet()
        self._reader = ocr.Reader()

    def identity(self) -> dict:
        """All that the detections depend on but the image."""
        return {"version": 1, "network": self._network.identity, "reader": self._reader.identity}

    def __call__(self, items: Sequence[Item]) -> list[dict | Result]:
        """Items with `image_sha256` and `image_path` -> the detections of each, or the Result for an unreadable one."""
        identity = json.dumps(self.identity(), sort_keys=True)
        keys = [hashlib.sha256(f"looks {identity} {item['image_sha256']}".encode()).hexdigest() for item in items]
        detections = self._memo.get(keys)
        todo = [place for place, key in enumerate(keys) if key not in detections]
        failed: dict[int, Result] = {}
        pixels, lines = {}, {}
        for place, (_, image) in zip(todo, open_images([items[place] for place in todo]), strict=True):
            if isinstance(image, Result):
                failed[place] = image
            elif keys[place] not in pixels:
                pixels[keys[place]] = efficientnet.pixels(image)
                lines[keys[place]] = self._reader(image)
        new = {}
        for key, tags in zip(pixels, self._tags(list(pixels.values())), strict=True):
            new[key] = round_floats({"tags": tags, "lines": lines[key]})
        self._memo.put(new)
        detections |= new
        return [failed[place] if place in failed else detections[key] for place, key in enumerate(keys)]

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
                        "box": efficientnet.box(self._network.activation(feature_map, label)),
                    }
                    for label in best
                ]
            )
        return answers
