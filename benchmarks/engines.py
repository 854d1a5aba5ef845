"""Rows a second of the backends on a network, at the tiny sizes of the tests: our code and the preparing of images."""

from __future__ import annotations

import math
import tempfile
import time
from pathlib import Path

from benchmarks.figures import Figure

BOX = {"x0": 0.1, "y0": 0.1, "x1": 0.5, "y1": 0.6}
PHOTOGRAPHS = ("grace_hopper", "china", "flower")


def measure(rows: int) -> list[Figure]:
    """One figure a backend, on one thread, a CPU second: other load on the machine changes little of it."""
    import torch

    from mmner.captions.blip2 import Blip2
    from mmner.features.vision import Vision
    from mmner.regions.detector import Detector
    from mmner.regions.grounding_dino import GroundingDino
    from tests import tiny_models

    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        made = Path(name)
        made_of = {
            "blip2": (Blip2, tiny_models.blip2(made / "blip2"), {"max_new_tokens": 20}),
            "grounding-dino": (GroundingDino, tiny_models.grounding_dino(made / "dino"), {}),
            "detector (YOLOS)": (Detector, tiny_models.yolos(made / "yolos"), {}),
            "vision (ViT)": (Vision, tiny_models.vision(made / "vit", "vit"), {}),
            "vision (CLIP)": (Vision, tiny_models.vision(made / "clip", "clip"), {}),
        }
        items = photographs(rows)
        figures = []
        for title, (kind, weights, params) in made_of.items():
            backend = kind(kind.Params(weights=str(weights), **params))
            note = f"{size(weights):.2f} M parameters, {rows} photographs of 0.3 megapixels, two expressions or regions"
            figures.append(Figure(title, per_second(backend, items, time.process_time), "rows / CPU s", note=note))
        return figures


def photographs(rows: int) -> list[dict]:
    """Items of `rows` posts on three photographs by turns."""
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
    """Millions of parameters in the weights of `folder`."""
    from safetensors import safe_open

    with safe_open(folder / "model.safetensors", "np") as weights:
        shapes = (weights.get_slice(name).get_shape() for name in weights.keys())  # noqa: SIM118  no mapping
        return sum(math.prod(shape) for shape in shapes) / 1e6


def per_second(backend, items: list[dict], clock=time.perf_counter, warm: int = 3) -> float:
    """Items a second by `clock`, in calls as a stage makes them, after one of `warm` items, which loads the model."""
    if warm:
        backend(items[:warm])
    started = clock()
    for at in range(0, len(items), backend.batch_size):
        backend(items[at : at + backend.batch_size])
    return len(items) / (clock() - started)
