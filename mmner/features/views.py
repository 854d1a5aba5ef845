"""The views of an image: the whole image, and the crop of each region."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from mmner.base.image_files import crop
from mmner.rows.contract import Item, Result
from mmner.rows.inputs import open_images

View = TypeVar("View")
Span = tuple[int, int] | Result


def views(items: Sequence[Item], prepare: Callable[..., View]) -> tuple[list[View], list[Span]]:
    """The views of all `items` in one list, and each item's range in it: (first, end), or the Result for an
    unreadable image.

    Items have `image_path`, `image_sha256` and `boxes` ([{x0, y0, x1, y1}], in 0..1). An item's first view is the whole
    image, the others are the crops of its boxes. prepare: Pillow image -> the network's input; the image is not kept.
    """
    all_views: list[View] = []
    spans: list[Span] = []
    for place, image in open_images(items):
        if isinstance(image, Result):
            spans.append(image)
            continue
        first = len(all_views)
        all_views += [prepare(image), *(prepare(crop(image, box)) for box in items[place]["boxes"])]
        spans.append((first, len(all_views)))
    return all_views, spans
