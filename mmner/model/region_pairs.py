"""Pairs of an entity and a region, which a model with the switch `grounding` scores. Nothing here knows torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Any

from mmner.ner import grounding, iob
from mmner.ner.boxes import corners
from mmner.ner.grounded_scores import right_region

FEATURES = 6  # of a pair, beside the vectors of its tokens and of its region


@dataclass(frozen=True)
class Pair:
    """The entity of tokens start..end, end exclusive, and region number `region` of its post.

    features: how well the region's words name the entity, the region's own score, and where its box is: middle, width
    and height. target: whether gold has a box there (1) or not (0); None where nobody knows.
    """

    start: int
    end: int
    region: int
    features: tuple[float, ...]
    target: float | None = None

    def content(self) -> list[Any]:
        """JSON-able: equal where the pairs are."""
        return [*astuple(self)]


def pairs(row: dict, spans: Sequence[tuple[int, int]], count: int) -> list[Pair]:
    """Each of `spans` with each of the first `count` regions of `row`, which has tokens, steps and regions.

    count: of the regions that the model sees. Targets are of gold's `boxes`, where the row has them.
    """
    regions = (row.get("regions") or [])[:count]
    post = grounding.Post(row["tokens"], regions, [step["text"] for step in row.get("steps") or ()])
    known = row.get("boxes")
    gold = {(one["start"], one["end"]): [corners(box) for box in one["boxes"]] for one in known or ()}
    found = []
    for start, end in spans:
        for number, (region, score) in enumerate(zip(regions, post.scores(start, end), strict=True)):
            box = corners(region["box"])
            boxes = gold.get((start, end), [])
            target = None if known is None else float(bool(boxes) and right_region(boxes, [box]))
            found.append(Pair(start, end, number, _features(score, region["score"], box), target))
    return found


def of_gold(row: dict, count: int) -> list[Pair]:
    """The pairs of the entities of `row`, by its tags."""
    return pairs(row, [span[:2] for span in iob.spans(row["tags"])], count)


def _features(named: float, score: float, box: Sequence[float]) -> tuple[float, ...]:
    x0, y0, x1, y1 = box
    numbers = named, min(max(score, 0.0), 1.0), (x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0
    return tuple(round(number, 4) for number in numbers)
