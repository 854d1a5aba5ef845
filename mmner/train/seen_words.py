"""Word embeddings of the pieces that a training sees, in place of the whole vocabulary's.

No other piece ever has a gradient: AdamW does nothing to it but decay, which is a factor, known beforehand. Left out,
it costs neither memory nor time: of MiniLM's 22 M weights 12 M are word embeddings, of which a corpus has a part.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
from torch import Tensor, nn

from mmner.model.batch import Example
from mmner.model.fused import FusedModel
from mmner.model.params import WORDS
from mmner.networks import proof
from mmner.networks.schedules import warm_up_and_decay
from mmner.train.groups import parameter_groups
from mmner.train.params import Training

WORTH_IT = 0.5  # share of the vocabulary; above it all of it stays


class SeenWords(nn.Module):
    """An embedding of some rows of `whole`, asked for by the ids of all."""

    def __init__(self, whole: nn.Embedding, seen: Tensor):
        super().__init__()
        self.embedding_dim = whole.embedding_dim
        self.weight = nn.Parameter(whole.weight.detach()[seen])
        number = torch.full((whole.num_embeddings,), -1)  # an id that is not seen is an error, and no other word
        number[seen] = torch.arange(len(seen))
        self.register_buffer("number", number, persistent=False)
        pad = whole.padding_idx
        self.padding = None if pad is None or number[pad] < 0 else int(number[pad])

    def forward(self, ids: Tensor) -> Tensor:
        """(W, L) -> (W, L, d)."""
        return nn.functional.embedding(self.number[ids], self.weight, self.padding)


class Narrowed:
    """`model`, whose encoder embeds the pieces of `examples` and those of `others` alone, until `widen` is called."""

    def __init__(self, model: FusedModel, seen: Tensor, params: Training):
        self._model, self._params, self._seen = model, params, seen
        self._whole = model.encoder.get_input_embeddings()
        self._narrow = SeenWords(self._whole, seen)
        model.encoder.set_input_embeddings(self._narrow)

    @classmethod
    def of(
        cls, model: FusedModel, examples: Iterable[Example], others: Iterable[int | None], params: Training
    ) -> Narrowed | None:
        """None where it would be another training, or not worth it: where what is not seen does more than decay."""
        if params.architecture.encoder == WORDS or (params.optimizer == "adam" and params.weight_decay):
            return None
        whole = proof.embeddings(model.encoder)
        ids = {piece for example in examples for window in example.text.windows for piece in window.ids}
        ids |= {piece for piece in (*others, getattr(whole, "padding_idx", None)) if piece is not None}
        if type(whole) is not nn.Embedding or len(ids) > WORTH_IT * whole.num_embeddings:
            return None
        return cls(model, torch.tensor(sorted(ids)), params)

    @torch.no_grad()
    def widen(self, steps: int, total: int) -> None:
        """Give the encoder its whole vocabulary back: what was learnt, and the decay of `steps` of `total` steps."""
        weight, device = self._narrow.weight, self._narrow.weight.device
        self._whole.to(device)
        groups = parameter_groups(self._model, self._params)
        (group,) = [one for one in groups if any(other is weight for other in one["params"])]
        rates = (group["lr"] * warm_up_and_decay(step, total, self._params.warmup) for step in range(steps))
        self._whole.weight *= math.prod(1 - rate * group["weight_decay"] for rate in rates)
        self._whole.weight[self._seen.to(device)] = weight
        self._model.encoder.set_input_embeddings(self._whole)

    def redo(self) -> None:
        """Let the encoder embed the pieces that are seen alone, again."""
        self._model.encoder.set_input_embeddings(self._narrow)

    def undo(self) -> None:
        """Give the encoder its embeddings of before."""
        self._model.encoder.set_input_embeddings(self._whole.to(self._narrow.weight.device))
