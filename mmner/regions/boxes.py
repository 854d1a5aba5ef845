"""Regions from what small networks see: boxes of the text that an expression quotes, or of the tag nearest to it."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from functools import cached_property, reduce

import pydantic

from mmner.base.requirements import Requirement
from mmner.networks.embedded.image_analysis import REQUIREMENTS, ImageAnalyzer
from mmner.networks.encoders import EncoderParams, SentenceEncoder
from mmner.rows.contract import Backend, Budget, Item, Memo, Result

SAME = 0.8  # intersection over union from which two boxes are one region
ALIKE = 0.85  # share of characters in common from which a quoted text is a line's


class Boxes(Backend):
    """At most one region an expression: OCR boxes where it is text in the image, else a class activation box."""

    class Params(EncoderParams):
        max_regions: int = pydantic.Field(4, ge=1)
        min_similarity: float = pydantic.Field(0.3, ge=-1, le=1)  # cosine of expression and tag
        batch_size: int = pydantic.Field(16, ge=1)

        def requirements(self) -> tuple[Requirement, ...]:
            return (*super().requirements(), *REQUIREMENTS)

    uses = ("image_sha256", "expressions")
    reads_image = True

    def __init__(self, params: Params, memo: Memo | None = None, budget: Budget | None = None):
        super().__init__(params, memo, budget)
        self._analyzer = ImageAnalyzer(self.memo)

    def identity(self) -> dict:
        chosen = self.params.identity(self.memo)
        return {"backend": "boxes", "version": 1, "looks": self._analyzer.identity(), **chosen}

    @cached_property
    def _sentences(self) -> SentenceEncoder:
        return SentenceEncoder(self.params.encoder)

    def __call__(self, items: list[Item]) -> list[Result]:
        detections = self._analyzer(items)
        texts = {expression for item in items for expression in item["expressions"]}
        texts |= {tag["name"] for seen in detections if not isinstance(seen, Result) for tag in seen["tags"]}
        vectors = dict(zip(texts, self._sentences(list(texts)), strict=True))
        return [
            seen if isinstance(seen, Result) else self._regions(item, seen, vectors)
            for item, seen in zip(items, detections, strict=True)
        ]

    def _regions(self, item: Item, seen: dict, vectors: dict) -> Result:
        found = []
        for expression in item["expressions"]:
            if lines := quoted(expression, seen["lines"]):
                label, score = " ".join(line["text"] for line in lines), min(line["score"] for line in lines)
                place = reduce(union, (line["box"] for line in lines))
            elif seen["tags"]:
                near = [float(vectors[expression] @ vectors[tag["name"]]) for tag in seen["tags"]]
                score = max(near)
                tag = seen["tags"][near.index(score)]
                if score < self.params.min_similarity:
                    continue
                label, place = tag["name"], tag["box"]
            else:
                continue
            found.append({"expression": expression, "label": label, "score": score, "box": place})
        found.sort(key=lambda region: -region["score"])
        kept: list[dict] = []
        for region in found:
            if all(overlap(region["box"], other["box"]) < SAME for other in kept):
                kept.append(region)
        return Result({"regions": kept[: self.params.max_regions]})


def quoted(expression: str, lines: list[dict]) -> list[dict]:
    """Those of `lines` whose text is in `expression`, or nearly is the expression, or holds it; case is ignored."""
    wanted = _plain(expression)
    if not wanted:
        return []
    inside = [line for line in lines if _plain(line["text"]) and f" {_plain(line['text'])} " in f" {wanted} "]
    if inside:
        return inside
    holding = [line for line in lines if f" {wanted} " in f" {_plain(line['text'])} "]
    return holding or [line for line in lines if _alike(wanted, _plain(line["text"])) >= ALIKE]


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))


def _alike(first: str, second: str) -> float:
    return SequenceMatcher(None, first, second, autojunk=False).ratio()


def union(first: dict, second: dict) -> dict:
    """The smallest box around two boxes."""
    low = {key: min(first[key], second[key]) for key in ("x0", "y0")}
    return low | {key: max(first[key], second[key]) for key in ("x1", "y1")}


def overlap(first: dict, second: dict) -> float:
    """Intersection over union of two boxes, in 0..1."""
    wide = min(first["x1"], second["x1"]) - max(first["x0"], second["x0"])
    high = min(first["y1"], second["y1"]) - max(first["y0"], second["y0"])
    both = max(wide, 0.0) * max(high, 0.0)
    area = sum((box["x1"] - box["x0"]) * (box["y1"] - box["y0"]) for box in (first, second)) - both
    return both / area if area > 0 else 1.0
