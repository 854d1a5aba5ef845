"""The model's loss as a module: what several ranks wrap, and the switches of how the encoder computes."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor, nn

from mmner.base.errors import InputError
from mmner.model.batch import Batch
from mmner.model.fused import FusedModel
from mmner.networks import proof
from mmner.train import ranks
from mmner.train.params import Training


class Loss(nn.Module):
    """TVO eq. 9 of a batch, the mean over its examples, as a forward pass: DistributedDataParallel wraps no other."""

    def __init__(self, model: FusedModel):
        super().__init__()
        self.model = model

    def forward(self, batch: Batch) -> Tensor:
        return self.model.loss(batch)[0]

    def no_sync(self) -> AbstractContextManager[None]:
        """As DistributedDataParallel's: within it, no gradient is told to other ranks."""
        return nullcontext()


def wrapped(model: FusedModel, params: Training) -> nn.Module:
    """The loss of `model`, of which backward leaves the mean gradient over all ranks.

    The encoder is compiled, or computes its activations twice, where `params` say so. Errors: InputError
    `no-checkpointing`, `no-word-embeddings`.
    """
    if params.adversarial:
        proof.has_embeddings(model.encoder, "adversarial")
    if params.checkpointing:
        if not model.encoder.supports_gradient_checkpointing:
            what = f"the encoder ({model.encoder.config.model_type}) can't compute its activations a second time"
            remedy = "leave checkpointing out; a smaller max_pieces saves memory, too"
            raise InputError("no-checkpointing", what, where="params.yaml: train", remedy=remedy)
        model.encoder.gradient_checkpointing_enable({"use_reentrant": False})
    if params.compile:
        torch.use_deterministic_algorithms(True, warn_only=True)  # is told to the compiler, too
        model.encoder.compile(dynamic=True)
    loss = Loss(model)
    if ranks.count() == 1:
        return loss
    from torch.nn.parallel import DistributedDataParallel

    # Of what a batch has nothing of (images, captions), no weight has a gradient.
    return DistributedDataParallel(loss, broadcast_buffers=False, find_unused_parameters=True)
