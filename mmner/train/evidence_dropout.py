"""Evidence dropout: in training, some posts are read without what the other stages say of them in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mmner.model.batch import Example


@dataclass(frozen=True)
class EvidenceDropout:
    """Modality dropout over extra text, and over the marks of tokens that other stages gave.

    share: of the posts, 0..1. bare: the examples of train without all that.
    """

    share: float
    bare: Sequence[Example]

    def __call__(self, train: Sequence[Example], seed: int) -> list[Example]:
        """`train`, where a share of the examples is the bare one: the same ones for the same `seed`."""
        hidden = np.random.default_rng((seed, 1)).random(len(train)) < self.share
        return [bare if gone else example for example, bare, gone in zip(train, self.bare, hidden, strict=True)]
