"""Tags of examples by a model."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext

import torch

from mmner.model.batch import Example, collate
from mmner.model.fused import FusedModel
from mmner.model.squares import Squares
from mmner.train.data import by_length


def predict(
    model: FusedModel,
    examples: Sequence[Example],
    pad: int,
    batch_size: int,
    max_pieces: int,
    autocast=nullcontext,
    squares: Squares | None = None,
) -> tuple[list[list[str]], list[list[float]]]:
    """Tags and their confidence (0..1) for each of `examples`, in their order.

    batch_size: examples at a time; max_pieces: of `Training`.
    """
    target = next(model.parameters()).device
    model.eval()
    tags: list = [None] * len(examples)
    confidence: list = [None] * len(examples)
    for chosen in by_length(examples, batch_size, max_pieces):
        batch = collate([examples[i] for i in chosen], model.visual_width, pad, model.tower, squares).to(target)
        with torch.no_grad(), autocast():
            best, marginals = model.decode(batch)
        for i, one, other in zip(chosen, best, marginals, strict=True):
            tags[i], confidence[i] = one, other
    return tags, confidence
