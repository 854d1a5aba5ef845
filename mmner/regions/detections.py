"""What the detectors of this room share: images in, boxes in 0..1, duplicates merged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mmner.base.image_files import ImageBroken, load
from mmner.regions.boxes import overlap
from mmner.rows.contract import Result
from mmner.rows.inputs import unreadable


def opened(items: Sequence[dict]) -> tuple[dict[int, object], dict[int, Result]]:
    """Images of `items` that can be read, by place, and the answers about the others."""
    images, answers = {}, {}
    for place, item in enumerate(items):
        try:
            images[place] = load(item["image_path"], item["image_sha256"])
        except ImageBroken as error:
            answers[place] = unreadable(item, error)
    return images, answers


AT_ONCE = 4  # batches a call: among more images, more are of one size


def batches(images: dict[int, object], processor, size: int) -> Iterator[tuple[list[int], object]]:
    """`images` by place -> places and pixels of at most `size` images that are equally large for the network.

    Images of another size would be filled up, and what is found in one would depend on its neighbours: Grounding DINO
    normalises over the filling, YOLOS counts its boxes from it.
    """
    import torch
    from transformers import BatchFeature

    alike: dict[tuple, list[tuple[int, object]]] = {}
    for place, image in images.items():
        pixels = processor(images=image, return_tensors="pt")
        alike.setdefault(tuple(pixels["pixel_values"].shape), []).append((place, pixels))
    for group in alike.values():
        for at in range(0, len(group), size):
            places, pixels = zip(*group[at : at + size], strict=True)
            yield list(places), BatchFeature({key: torch.cat([one[key] for one in pixels]) for key in pixels[0]})


def box(corners: Sequence[float]) -> dict | None:
    """(x0, y0, x1, y1) in shares of width and height as a box within the image; None where nothing of it is inside."""
    x0, y0, x1, y1 = (min(max(float(value), 0.0), 1.0) for value in corners)
    return {"x0": x0, "y0": y0, "x1": x1, "y1": y1} if x0 < x1 and y0 < y1 else None


def merged(regions: Sequence[dict], same: float) -> list[dict]:
    """`regions` by score, without those that overlap a better one by `same` (intersection over union) or more."""
    kept: list[dict] = []
    for region in sorted(regions, key=lambda region: -region["score"]):
        if all(overlap(region["box"], other["box"]) < same for other in kept):
            kept.append(region)
    return kept
