"""What a vision tower looks at, for a batch: images and their regions, read when the batch is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from mmner.base.image_files import ImageBroken, crop, load
from mmner.model.squares import Squares
from mmner.model.visuals import Views
from mmner.networks.towers import Tower


@dataclass(frozen=True)
class PixelBatch:
    """Pixels (w + c, 3, side, side) of B examples: w whole images, then c regions, both in the examples' order.

    has_image (B,) holds w times True, regions_mask (B, r) c times.
    """

    pixels: Tensor
    has_image: Tensor
    regions_mask: Tensor


def look(views: Sequence[Views], tower: Tower, kept: Squares | None = None) -> PixelBatch:
    """Read the images of `views` and bring them to the tower's size, one at a time; a missing or broken one is none.

    kept: where they are taken from where they are there, and left for the next time.
    Errors: InputError `image-unreadable`, `image-changed`: the run goes on from its last checkpoint when it is mended.
    """
    seen = [_squares(one, tower, kept) for one in views]
    has_image = [squares is not None and one.whole for one, squares in zip(views, seen, strict=True)]
    counts = [0 if squares is None else len(one.boxes) for one, squares in zip(views, seen, strict=True)]
    wholes = [squares[0] for squares, whole in zip(seen, has_image, strict=True) if whole]
    regions = [square for squares, count in zip(seen, counts, strict=True) if count for square in squares[-count:]]
    places = torch.arange(max(counts)).expand(len(views), -1)
    return PixelBatch(
        tower.pixels(wholes + regions),
        torch.tensor(has_image),
        places < torch.tensor(counts).unsqueeze(1),
    )


def _squares(one: Views, tower: Tower, kept: Squares | None) -> np.ndarray | None:
    """(k, side, side, 3): the whole image, where it is seen, and each region; None without an image to look at."""
    if one.path is None or not (one.whole or one.boxes):
        return None
    if kept is not None and (squares := kept.get(one)) is not None:
        return squares
    if (image := _image(one)) is None:
        return None
    views = [image] * one.whole + [crop(image, box) for box in one.boxes]
    squares = np.stack([np.asarray(tower.square(view)) for view in views])
    if kept is not None:
        kept.put(one, squares)
    return squares


def _image(one: Views):
    try:
        return load(one.path, one.sha256)
    except ImageBroken as error:
        if error.reason in ("image unreadable", "image changed"):
            raise error.as_input_error(str(one.path)) from error
        return None


def scatter_by_mask(values: Tensor, mask: Tensor) -> Tensor:
    """k values (k, ...) put where `mask` holds True k times, zeros elsewhere: mask's shape, then values'."""
    padded = torch.cat([values, values.new_zeros(1, *values.shape[1:])])
    number = (mask.flatten().cumsum(0) - 1).view_as(mask)
    return padded[number.masked_fill(~mask, len(values))]
