"""A CRF that knows IOB2: pytorch-crf with illegal starts and transitions at −1e4, in training and decoding."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from mmner.model.linear_chain import LinearChain
from mmner.ner import iob

ILLEGAL = -1e4
Span = tuple[int, int, str]  # tokens start..end (end exclusive) and their label


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
        self.crf = LinearChain(len(self.tags), batch_first=True)
        start = ILLEGAL * ~torch.tensor(iob.allowed_start(self.tags))
        follows = ILLEGAL * ~torch.tensor(iob.allowed_transitions(self.tags))
        parametrize.register_parametrization(self.crf, "start_transitions", _Add(start))
        parametrize.register_parametrization(self.crf, "transitions", _Add(follows))

    def loss(self, emissions: Tensor, tags: Tensor, mask: Tensor) -> Tensor:
        """Negative log-likelihood, the mean over sentences: (B, n, tags), (B, n), (B, n) -> scalar.

        An illegal gold sequence costs about 1e4, a finite number.
        """
        with torch.autocast(emissions.device.type, enabled=False), parametrize.cached():
            return -self.crf(emissions.float(), tags, mask=mask, reduction="mean")

    @torch.no_grad()
    def decode(self, emissions: Tensor, mask: Tensor) -> tuple[list[list[int]], list[list[float]]]:
        """The best legal sequence of each sentence, and for each of its tags the marginal probability, 0..1."""
        emissions = emissions.float()
        with torch.autocast(emissions.device.type, enabled=False), parametrize.cached():
            best = self.crf.best(emissions, mask)  # (B, n)
            marginal = self.crf.marginals(emissions, mask).gather(-1, best.unsqueeze(-1)).squeeze(-1).clamp(0, 1)
        lengths, best, marginal = mask.sum(1).tolist(), best.tolist(), marginal.tolist()
        return tuple([row[:n] for row, n in zip(rows, lengths, strict=True)] for rows in (best, marginal))

    @torch.no_grad()
    def span_probabilities(self, emissions: Tensor, mask: Tensor, spans: Sequence[Sequence[Span]]) -> list[list[float]]:
        """For each sentence the probability, 0..1, of each of its `spans`: that exactly these tokens are that entity.

        That is the mass of all tag sequences with B-label at its first token, I-label at the others, and no I-label
        behind them, by forward-backward in float64; (B, n, tags), (B, n).
        """
        if not any(spans):
            return [[] for _ in spans]
        with torch.autocast(emissions.device.type, enabled=False), parametrize.cached():
            scores = emissions.double()
            start, end = self.crf.start_transitions.double(), self.crf.end_transitions.double()
            follows = self.crf.transitions.double()
            before = self._forward(scores, mask, start, follows)  # (B, n, tags), the token's own emission counted
            after = self._backward(scores, mask, end, follows)  # (B, n, tags), it is not
            total = (before[:, 0] + after[:, 0]).logsumexp(-1)  # log Z, of each sentence
        lengths = mask.sum(1).tolist()
        return [
            [
                self._probability(scores[row], before[row], after[row], total[row], lengths[row], end, follows, span)
                for span in of_sentence
            ]
            for row, of_sentence in enumerate(spans)
        ]

    def _forward(self, scores: Tensor, mask: Tensor, start: Tensor, follows: Tensor) -> Tensor:
        reached = [start + scores[:, 0]]
        for at in range(1, scores.shape[1]):
            step = (reached[-1].unsqueeze(2) + follows).logsumexp(1) + scores[:, at]
            reached.append(torch.where(mask[:, at].unsqueeze(1), step, reached[-1]))
        return torch.stack(reached, 1)

    def _backward(self, scores: Tensor, mask: Tensor, end: Tensor, follows: Tensor) -> Tensor:
        left = [end.expand_as(scores[:, 0])]
        for at in range(scores.shape[1] - 1, 0, -1):
            step = (follows + (scores[:, at] + left[-1]).unsqueeze(1)).logsumexp(2)
            left.append(torch.where(mask[:, at].unsqueeze(1), step, left[-1]))
        return torch.stack(left[::-1], 1)

    def _probability(self, scores, before, after, total, length, end, follows, span: Span) -> float:
        """Of one span of one sentence: scores, before, after (n, tags), total a scalar."""
        first, last, label = span[0], span[1] - 1, span[2]
        begin, inside = self.tags.index(f"B-{label}"), self.tags.index(f"I-{label}")
        mass, tag = before[first, begin], begin
        for at in range(first + 1, last + 1):
            mass, tag = mass + follows[tag, inside] + scores[at, inside], inside
        if last + 1 < length:
            others = torch.tensor(
                [number for number in range(len(self.tags)) if number != inside], device=scores.device
            )
            mass = mass + (follows[tag, others] + scores[last + 1, others] + after[last + 1, others]).logsumexp(0)
        else:
            mass = mass + end[tag]
        return min(max((mass - total).exp().item(), 0.0), 1.0)
