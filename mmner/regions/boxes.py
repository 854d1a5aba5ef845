"""Regions from small networks: the box of the text that an expression quotes, or of the tag nearest to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import cached_property, reduce

import pydantic

from mmner.base.params import Count
from mmner.base.requirements import Requirement
from mmner.ner import boxes, letters
from mmner.networks.embedded.image_analysis import REQUIREMENTS, ImageAnalyzer
from mmner.networks.encoders import EncoderParams
from mmner.networks.sentences import Encode, SentenceEncoder, cosine
from mmner.rows.contract import Backend, Budget, Item, Memo, Result

SAME_REGION_IOU = 0.8  # intersection over union from which two boxes are one region
MIN_TEXT_RATIO = 0.85  # share of characters in common from which a quoted text is a line's


class Boxes(Backend):
    """At most one region an expression: the box of its text in the image, else of a class activation map."""

    class Params(EncoderParams):
        max_regions: Count = 4
        min_similarity: float = pydantic.Field(0.3, ge=-1, le=1)  # cosine of expression and tag
        batch_size: Count = 16

        def requirements(self) -> tuple[Requirement, ...]:
            return (*super().requirements(), *REQUIREMENTS)

    uses = ("image_sha256", "expressions")
    reads_image = True

    def __init__(self, params: Params, memo: Memo | None = None, budget: Budget | None = None):
        super().__init__(params, memo, budget)
        self._analyzer = ImageAnalyzer(self.memo)

    def identity(self) -> dict:
        chosen = self.params.identity(self.memo)
        return {"backend": "boxes", "version": 2, "looks": self._analyzer.identity(), **chosen}

    @cached_property
    def _encoder(self) -> SentenceEncoder:
        return SentenceEncoder(self.params.encoder)

    def __call__(self, items: list[Item]) -> list[Result]:
        detections = self._analyzer(items)
        texts = {expression for item in items for expression in item["expressions"]}
        texts |= {
            tag["name"] for detected in detections if not isinstance(detected, Result) for tag in detected["tags"]
        }
        self._encoder(list(texts))  # all at once; each item finds its own again
        return [
            detected if isinstance(detected, Result) else self._regions(item, detected)
            for item, detected in zip(items, detections, strict=True)
        ]

    def _regions(self, item: Item, detected: dict) -> Result:
        found = {expression: matching_lines(expression, detected["lines"]) for expression in item["expressions"]}
        scores = [min(line["score"] for line in lines) for lines in found.values() if lines]
        tagged = self._nearest_tags([text for text, lines in found.items() if not lines], detected["tags"], scores)
        regions = []
        for expression in item["expressions"]:
            if lines := found[expression]:
                label, score = " ".join(line["text"] for line in lines), min(line["score"] for line in lines)
                box = reduce(enclosing_box, (line["box"] for line in lines))
            elif expression in tagged:
                tag, score = tagged[expression]
                label, box = tag["name"], tag["box"]
            else:
                continue
            regions.append({"expression": expression, "label": label, "score": score, "box": box})
        regions.sort(key=lambda region: -region["score"])
        kept: list[dict] = []
        for region in regions:
            if all(iou(region["box"], other["box"]) < SAME_REGION_IOU for other in kept):
                kept.append(region)
        return Result({"regions": kept[: self.params.max_regions]})

    def _nearest_tags(
        self, expressions: list[str], tags: list[dict], scores: list[float]
    ) -> dict[str, tuple[dict, float]]:
        """Expression -> its nearest tag and their cosine, where that is large enough. scores: of the other regions."""
        least = self.params.min_similarity
        pairs = [(expression, place) for expression in expressions for place in range(len(tags))]

        def cosines(encode: Encode, some: Sequence[tuple[str, int]]) -> Iterator[float]:
            return (cosine(encode, expression, tags[place]["name"]) for expression, place in some)

        cosine_of = dict(zip(pairs, self._encoder.settled(pairs, cosines, [least]), strict=True))
        places = range(len(tags))
        best = [(text, max(places, key=lambda place: cosine_of[text, place])) for text in expressions if tags]
        kept = [pair for pair in best if cosine_of[pair] >= least]
        settled = self._encoder.settled(kept, cosines, scores, rounded=True)
        return {text: (tags[place], score) for (text, place), score in zip(kept, settled, strict=True)}


def matching_lines(expression: str, lines: list[dict]) -> list[dict]:
    """Those of `lines` whose text is in `expression`; else those with it in their text; else nearly equal ones.

    Case and punctuation are ignored.
    """
    wanted = _normalized(expression)
    if not wanted:
        return []
    inside = [line for line in lines if _normalized(line["text"]) and f" {_normalized(line['text'])} " in f" {wanted} "]
    if inside:
        return inside
    holding = [line for line in lines if f" {wanted} " in f" {_normalized(line['text'])} "]
    return holding or [line for line in lines if _text_ratio(wanted, _normalized(line["text"])) >= MIN_TEXT_RATIO]


def _normalized(text: str) -> str:
    return " ".join(letters.written_words(text.lower()))


def _text_ratio(first: str, second: str) -> float:
    return SequenceMatcher(None, first, second, autojunk=False).ratio()


def enclosing_box(first: dict, second: dict) -> dict:
    """The smallest box around two boxes."""
    low = {key: min(first[key], second[key]) for key in ("x0", "y0")}
    return low | {key: max(first[key], second[key]) for key in ("x1", "y1")}


def iou(first: dict, second: dict) -> float:
    """Intersection over union of two boxes, in 0..1."""
    return boxes.iou(boxes.corners(first), boxes.corners(second), of_empty=1.0)
