"""What a vision tower looks at, for a batch: images and their regions, read when the batch is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mmner.base.image_files import ImageBroken, crop, load
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


def look(views: Sequence[Views], tower: Tower) -> PixelBatch:
    """Read the images of `views` and bring them to the tower's size, one at a time; a missing or broken one is none.

    Errors: InputError `image-unreadable`, `image-changed`: the run goes on from its last checkpoint when it is mended.
    """
    wholes, regions, has_image, counts = [], [], [], []
    for one in views:
        image = _image(one)
        has_image.append(image is not None and one.whole)
        counts.append(len(one.boxes) if image is not None else 0)
        if has_image[-1]:
            wholes.append(tower.square(image))
        regions += [tower.square(crop(image, box)) for box in one.boxes[: counts[-1]]]
    places = torch.arange(max(counts)).expand(len(views), -1)
    return PixelBatch(
        tower.pixels(wholes + regions),
        torch.tensor(has_image),
        places < torch.tensor(counts).unsqueeze(1),
    )


def _image(one: Views):
    if one.path is None or not (one.whole or one.boxes):
        return None
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
