"""pytorch-crf's CRF, whose loss and best path stay on the device: no value is read before the answer is whole.

Shapes: n tokens, B sentences, K tags.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torchcrf import CRF


class LinearChain(CRF):
    """torchcrf.CRF with the same parameters and answers.

    What differs is how: the gold score is gathered at once, the partition function has its gradient (the posterior)
    written out, Viterbi's way back goes over all sentences together, and masks are not looked into.
    """

    def best(self, emissions: Tensor, mask: Tensor) -> Tensor:
        """The best tags by Viterbi: (B, n, K), (B, n) -> (B, n); any tag where the mask is False."""
        scores, mask = emissions.transpose(0, 1), mask.transpose(0, 1)
        follows, reached, came_from = self.transitions, self.start_transitions + scores[0], []
        for at in range(1, len(scores)):
            step, where = (reached.unsqueeze(2) + follows + scores[at].unsqueeze(1)).max(1)
            reached = torch.where(mask[at].unsqueeze(1), step, reached)
            came_from.append(where)
        path = [(reached + self.end_transitions).max(1).indices]
        for at in range(len(scores) - 1, 0, -1):
            before = came_from[at - 1].gather(1, path[-1].unsqueeze(1)).squeeze(1)
            path.append(torch.where(mask[at], before, path[-1]))
        return torch.stack(path[::-1], 1)

    @torch.no_grad()
    def marginals(self, emissions: Tensor, mask: Tensor) -> Tensor:
        """The probability of each tag of each token: (B, n, K), (B, n) -> (B, n, K); zeros where the mask is False."""
        scores, mask = emissions.transpose(0, 1), mask.transpose(0, 1)
        alphas, _ = _forward(scores, mask, self.start_transitions, self.transitions, self.end_transitions)
        last = (alphas[-1] + self.end_transitions).softmax(1)
        posterior, _ = _posterior(scores, mask, alphas, self.transitions, last)
        return (posterior * mask.unsqueeze(2)).transpose(0, 1)

    def _validate(self, emissions: Tensor, tags: Tensor | None = None, mask: Tensor | None = None) -> None:
        """Shapes alone: a look into the mask would wait for the device. No sentence is empty."""
        if emissions.dim() != 3 or emissions.size(2) != self.num_tags:
            raise ValueError(f"emissions are (B, n, {self.num_tags}), got {tuple(emissions.shape)}")
        for other in (tags, mask):
            if other is not None and other.shape != emissions.shape[:2]:
                raise ValueError(f"tags and mask are {tuple(emissions.shape[:2])}, got {tuple(other.shape)}")

    def _compute_score(self, emissions: Tensor, tags: Tensor, mask: Tensor) -> Tensor:
        """The score of `tags`: (n, B, K), (n, B), (n, B) -> (B,)."""
        counts = mask.to(emissions.dtype)
        own = emissions.gather(2, tags.unsqueeze(2)).squeeze(2)
        moved = self.transitions[tags[:-1], tags[1:]]
        last = tags.gather(0, mask.long().sum(0, keepdim=True) - 1).squeeze(0)
        ends = self.start_transitions[tags[0]] + self.end_transitions[last]
        return ends + (own * counts).sum(0) + (moved * counts[1:]).sum(0)

    def _compute_normalizer(self, emissions: Tensor, mask: Tensor) -> Tensor:
        """log Z: (n, B, K), (n, B) -> (B,)."""
        return _LogPartition.apply(emissions, mask, self.start_transitions, self.transitions, self.end_transitions)

    def _viterbi_decode(self, emissions: Tensor, mask: Tensor) -> list[list[int]]:
        path = self.best(emissions.transpose(0, 1), mask.transpose(0, 1))
        lengths = mask.long().sum(0)
        return [row[:length] for row, length in zip(path.tolist(), lengths.tolist(), strict=True)]


class _LogPartition(torch.autograd.Function):
    """log Z, and the posterior as its gradient."""

    @staticmethod
    def forward(ctx, emissions: Tensor, mask: Tensor, start: Tensor, follows: Tensor, end: Tensor) -> Tensor:
        alphas, total = _forward(emissions, mask, start, follows, end)
        ctx.save_for_backward(emissions, mask, alphas, follows, end)
        return total

    @staticmethod
    def backward(ctx, slope: Tensor):
        emissions, mask, alphas, follows, end = ctx.saved_tensors
        last = (alphas[-1] + end).softmax(1) * slope.unsqueeze(1)
        posterior, pairs = _posterior(emissions, mask, alphas, follows, last)
        return posterior * mask.unsqueeze(2), None, posterior[0].sum(0), pairs, last.sum(0)


def _forward(emissions: Tensor, mask: Tensor, start: Tensor, follows: Tensor, end: Tensor) -> tuple[Tensor, Tensor]:
    """(n, B, K) log mass of what ends in each tag at each token, a token's own emission counted; (B,) log Z."""
    reached = [start + emissions[0]]
    for at in range(1, len(emissions)):
        step = (reached[-1].unsqueeze(2) + follows).logsumexp(1) + emissions[at]
        reached.append(torch.where(mask[at].unsqueeze(1), step, reached[-1]))
    return torch.stack(reached), (reached[-1] + end).logsumexp(1)


def _posterior(emissions: Tensor, mask: Tensor, alphas: Tensor, follows: Tensor, last: Tensor) -> tuple[Tensor, Tensor]:
    """(n, B, K) mass of each tag at each token, and (K, K) of each pair, given that of the last token's, (B, K).

    p(tag before | tag) = softmax of alpha before + transition over the tags before, for all tokens at once; what is
    left for the loop is a product a token. Each softmax sums to one, so that no mass is lost or made over a long
    sentence. Behind a sentence's end nothing moves.
    """
    before = (alphas[:-1].unsqueeze(3) + follows).softmax(2)  # (n − 1, B, K, K)
    still = torch.eye(len(follows), dtype=before.dtype, device=before.device)
    before = torch.where(mask[1:, :, None, None], before, still)
    mass = [last.unsqueeze(2)]
    for at in range(len(emissions) - 2, -1, -1):
        mass.append(before[at] @ mass[-1])
    posterior = torch.stack(mass[::-1]).squeeze(3)
    pairs = before * (posterior[1:] * mask[1:].unsqueeze(2)).unsqueeze(2)
    return posterior, pairs.sum((0, 1))
