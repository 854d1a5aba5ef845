"""What a features backend looks at: each image whole, and its regions cut out of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from mmner.base.image_files import ImageBroken, crop, load

View = TypeVar("View")
Span = tuple[int, int] | ImageBroken


def views(items: Sequence[dict], prepare: Callable[..., View]) -> tuple[list[View], list[Span]]:
    """All views of `items` in a row, and for each item its own: (first, end), or why its image can't be read.

    Items have `image_path`, `image_sha256` and `boxes` ([{x0, y0, x1, y1}], in 0..1). First of an item is the whole
    image, then come its boxes. prepare: what makes of a Pillow image what the network takes; the image is not kept.
    """
    found: list[View] = []
    spans: list[Span] = []
    for item in items:
        try:
            image = load(item["image_path"], item["image_sha256"])
        except ImageBroken as error:
            spans.append(error)
            continue
        first = len(found)
        found += [prepare(image), *(prepare(crop(image, box)) for box in item["boxes"])]
        spans.append((first, len(found)))
    return found, spans
