"""Boxes in an image: as artifacts hold them, {x0, y0, x1, y1}, and as four numbers in that order."""

from __future__ import annotations

from collections.abc import Mapping

CORNERS = ("x0", "y0", "x1", "y1")
Box = tuple[float, float, float, float]  # in the order of CORNERS, any unit


def corners(box: Mapping[str, float]) -> Box:
    """A box of an artifact as four numbers."""
    return tuple(box[corner] for corner in CORNERS)


def iou(first: Box, second: Box, *, of_empty: float = 0.0) -> float:
    """Intersection over union of two boxes, in 0..1; `of_empty` where both are empty."""
    width = min(first[2], second[2]) - max(first[0], second[0])
    height = min(first[3], second[3]) - max(first[1], second[1])
    common = max(width, 0.0) * max(height, 0.0)
    union = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (first, second)) - common
    return common / union if union > 0 else of_empty
