"""A CRF that knows IOB2: pytorch-crf with illegal starts and transitions at −1e4, in training and decoding."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize
from torchcrf import CRF

from mmner.ner import iob

ILLEGAL = -1e4


class _Add(nn.Module):
    """Parametrization that adds a constant penalty to a learned score."""

    def __init__(self, penalty: Tensor):
        super().__init__()
        self.register_buffer("penalty", penalty, persistent=False)

    def forward(self, score: Tensor) -> Tensor:
        return score + self.penalty


class IobCrf(nn.Module):
    """TVO eqs. 7 and 8, IAC eqs. 4 and 5, over IOB2 tags. Always computes in float32."""

    def __init__(self, labels: Sequence[str]):
        super().__init__()
        self.tags = iob.tags(labels)
        self.crf = CRF(len(self.tags), batch_first=True)
        start = ILLEGAL * ~torch.tensor(iob.allowed_start(self.tags))
        follows = ILLEGAL * ~torch.tensor(iob.allowed_transitions(self.tags))
        parametrize.register_parametrization(self.crf, "start_transitions", _Add(start))
        parametrize.register_parametrization(self.crf, "transitions", _Add(follows))

    def loss(self, emissions: Tensor, tags: Tensor, mask: Tensor) -> Tensor:
        """Negative log-likelihood, the mean over sentences: (B, n, tags), (B, n), (B, n) -> scalar.

        An illegal gold sequence costs about 1e4, a finite number.
        """
        with torch.autocast(emissions.device.type, enabled=False):
            return -self.crf(emissions.float(), tags, mask=mask, reduction="mean")

    def decode(self, emissions: Tensor, mask: Tensor) -> tuple[list[list[int]], list[list[float]]]:
        """The best legal sequence of each sentence, and for each of its tags the marginal probability, 0..1.

        The gradient of log p(y) by the emissions is onehot(y) minus the marginals: that gives the marginals from the
        forward algorithm alone.
        """
        emissions = emissions.detach().float()
        # pytorch-crf reads its scores many times a call: computing the penalised ones once is faster.
        with torch.autocast(emissions.device.type, enabled=False), parametrize.cached():
            with torch.no_grad():
                best = self.crf.decode(emissions, mask=mask)
            path = torch.zeros(mask.shape, dtype=torch.long, device=emissions.device)
            for row, tags in enumerate(best):
                path[row, : len(tags)] = torch.tensor(tags, device=emissions.device)
            with torch.enable_grad():
                leaf = emissions.requires_grad_()
                (slope,) = torch.autograd.grad(self.crf(leaf, path, mask=mask, reduction="sum"), leaf)
        marginal = (1 - slope.gather(-1, path.unsqueeze(-1)).squeeze(-1)).clamp(0, 1)
        return best, [row[: len(tags)] for row, tags in zip(marginal.tolist(), best, strict=True)]
