"""A small scorer of pairs (entity, region): whether the region shows the entity. Ours, in neither paper."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mmner.model.region_pairs import FEATURES

HIDDEN = 64
NAMED = 2.0  # what a name in the region's words is worth at first, as a logit


class Grounder(nn.Module):
    """Logits of pairs: s = w · GELU(W [e; r; e ⊙ r; f]) + k (2 f_0 − 1), with e the mean of the entity's tokens after
    the gate, r the region's vector in the text's space, f the pair's features (`mmner.model.region_pairs`), of which
    f_0 says how well the region's words name the entity. w starts at zero: untrained, it ranks regions by words.

    The loss is binary cross-entropy, summed over an example's pairs, mean over examples, as other terms are: an entity
    that can't be seen is one all of whose pairs are 0.
    """

    def __init__(self, width: int, visual_width: int):
        super().__init__()
        self.region = nn.Linear(visual_width, width)
        self.score = nn.Sequential(nn.Linear(3 * width + FEATURES, HIDDEN), nn.GELU(), nn.Linear(HIDDEN, 1))
        nn.init.zeros_(self.score[2].weight)
        nn.init.zeros_(self.score[2].bias)
        self.named = nn.Parameter(torch.tensor(NAMED))  # k

    def forward(self, tokens: Tensor, regions: Tensor, pairs: Tensor, features: Tensor) -> Tensor:
        """tokens (B, n, d), regions (B, r, v), pairs (P, 4): example, start, end, region; features (P, f) -> (P,)."""
        example, start, end, number = pairs.unbind(1)
        sums = nn.functional.pad(tokens.float().cumsum(1), (0, 0, 1, 0))  # (B, 1 + n, d): of the tokens before each
        entity = (sums[example, end] - sums[example, start]) / (end - start).unsqueeze(1)
        region = self.region(regions[example, number].float())
        learnt = self.score(torch.cat([entity, region, entity * region, features], 1).float()).squeeze(1).float()
        return learnt + self.named * (2 * features[:, 0] - 1)

    @staticmethod
    def loss(logits: Tensor, targets: Tensor, examples: int) -> Tensor:
        """logits, targets (P,), of a batch of `examples`."""
        return nn.functional.binary_cross_entropy_with_logits(logits, targets, reduction="sum") / examples
