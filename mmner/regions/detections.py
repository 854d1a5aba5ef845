"""What detectors share: images as batches, boxes in 0..1, and the suppression of overlapping regions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mmner.regions.boxes import iou
from mmner.rows.contract import Item, Result
from mmner.rows.inputs import open_images


def open_readable(items: Sequence[Item]) -> tuple[dict[int, object], dict[int, Result]]:
    """(place -> image, for `items` whose image can be read; place -> Result, for the others)."""
    images: dict[int, object] = {}
    failed: dict[int, Result] = {}
    for place, image in open_images(items):
        (failed if isinstance(image, Result) else images)[place] = image
    return images, failed


BATCHES_PER_CALL = 4  # batches a call: among more images, more are of one size


def batches(images: dict[int, object], processor, size: int) -> Iterator[tuple[list[int], object]]:
    """(places, pixels) of at most `size` of `images` (by place) at a time, which have one size for the network.

    Images of several sizes would be padded, and the regions of one would depend on its neighbours: Grounding DINO
    normalises over the padding, YOLOS counts its boxes from it.
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
    """(x0, y0, x1, y1) in shares of width and height, as a box clipped to the image; None where it lies outside."""
    x0, y0, x1, y1 = (min(max(float(value), 0.0), 1.0) for value in corners)
    return {"x0": x0, "y0": y0, "x1": x1, "y1": y1} if x0 < x1 and y0 < y1 else None


def suppress_overlapping(regions: Sequence[dict], iou_threshold: float) -> list[dict]:
    """`regions` by score, without those whose IoU with a better one is at least `iou_threshold` (NMS)."""
    kept: list[dict] = []
    for region in sorted(regions, key=lambda region: -region["score"]):
        if all(iou(region["box"], other["box"]) < iou_threshold for other in kept):
            kept.append(region)
    return kept
