"""Rows per second of the backends with a network, which is tiny here: our code and image preparation."""

from __future__ import annotations

import math
import tempfile
import time
from pathlib import Path

from benchmarks.figures import Figure

BOX = {"x0": 0.1, "y0": 0.1, "x1": 0.5, "y1": 0.6}
PHOTOGRAPHS = ("grace_hopper", "china", "flower")


def measure(rows: int) -> list[Figure]:
    """A figure for each backend: rows per CPU second on one thread, on which other load has little influence."""
    import torch

    from mmner.captions.blip2 import Blip2
    from mmner.features.vision import Vision
    from mmner.regions.detector import Detector
    from mmner.regions.grounding_dino import GroundingDino
    from tests.fakes import tiny_models

    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        backends = {
            "blip2": (Blip2, tiny_models.blip2(folder / "blip2"), {"max_new_tokens": 20}),
            "grounding-dino": (GroundingDino, tiny_models.grounding_dino(folder / "dino"), {}),
            "detector (YOLOS)": (Detector, tiny_models.yolos(folder / "yolos"), {}),
            "vision (ViT)": (Vision, tiny_models.vision(folder / "vit", "vit"), {}),
            "vision (CLIP)": (Vision, tiny_models.vision(folder / "clip", "clip"), {}),
        }
        items = photographs(rows)
        figures = []
        for title, (kind, weights, params) in backends.items():
            backend = kind(kind.Params(weights=str(weights), **params))
            note = f"{size(weights):.2f} M parameters, {rows} photographs of 0.3 megapixels, two expressions or regions"
            figures.append(Figure(title, per_second(backend, items, time.process_time), "rows / CPU s", note=note))
        return figures


def photographs(rows: int) -> list[dict]:
    """Items of `rows` posts, whose images are three photographs by turns."""
    from tests.fakes.pictures import item, photograph

    return [
        item(
            photograph(PHOTOGRAPHS[number % 3]),
            sentence=f"post number {number} about a cat",
            domain_cue="tweets",
            expressions=["a cat", "a red sofa"],
            boxes=[BOX, BOX],
        )
        for number in range(rows)
    ]


def size(folder: Path) -> float:
    """The number of parameters in the weights of `folder`, in millions."""
    from safetensors import safe_open

    with safe_open(folder / "model.safetensors", "np") as weights:
        shapes = (weights.get_slice(name).get_shape() for name in weights.keys())  # noqa: SIM118  no mapping
        return sum(math.prod(shape) for shape in shapes) / 1e6


def per_second(backend, items: list[dict], clock=time.perf_counter, warm: int = 3) -> float:
    """Items per second by `clock`, in batches as a stage makes them, after `warm` items, which load the model."""
    if warm:
        backend(items[:warm])
    started = clock()
    for at in range(0, len(items), backend.batch_size):
        backend(items[at : at + backend.batch_size])
    return len(items) / (clock() - started)
