"""What a features backend looks at: each image whole, and its regions cut out of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from mmner.base.image_files import crop
from mmner.rows.contract import Item, Result
from mmner.rows.inputs import open_images

View = TypeVar("View")
Span = tuple[int, int] | Result


def views(items: Sequence[Item], prepare: Callable[..., View]) -> tuple[list[View], list[Span]]:
    """All views of `items` in a row, and for each item its own: (first, end), or the answer about an unreadable image.

    Items have `image_path`, `image_sha256` and `boxes` ([{x0, y0, x1, y1}], in 0..1). First of an item is the whole
    image, then come its boxes. prepare: what makes of a Pillow image what the network takes; the image is not kept.
    """
    found: list[View] = []
    spans: list[Span] = []
    for place, image in open_images(items):
        if isinstance(image, Result):
            spans.append(image)
            continue
        first = len(found)
        found += [prepare(image), *(prepare(crop(image, box)) for box in items[place]["boxes"])]
        spans.append((first, len(found)))
    return found, spans
