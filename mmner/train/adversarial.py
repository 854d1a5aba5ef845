"""Adversarial training by the fast gradient method (Miyato et al. 2017): a step also learns from a perturbed input."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

SMALLEST = 1e-30  # norm of a gradient; below it there is no way to go


@contextmanager
def perturbed(weight: Tensor, norm: float) -> Iterator[None]:
    """Within the block, `weight` is moved by `norm` along its gradient, which is where the loss grows.

    Word embeddings (V, d) so moved are a batch whose inputs are perturbed, every piece of it by its own gradient.
    """
    before = weight.detach().clone()
    with torch.no_grad():
        weight += weight.grad * (norm / weight.grad.norm().clamp(min=SMALLEST))
    yield
    with torch.no_grad():
        weight.copy_(before)
