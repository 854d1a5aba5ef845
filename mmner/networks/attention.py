"""The padding mask of a text encoder."""

from __future__ import annotations

import sys

from torch import Tensor, nn

FROM_MASK = "create_bidirectional_mask"  # transformers' way from a padding mask to one for attention


def padding_mask(encoder: nn.Module, real: Tensor) -> Tensor:
    """What `encoder` takes as `attention_mask`; real (W, L): True where a piece is.

    Given (W, L), transformers looks whether anything is padded, which waits for a GPU in each step. Given (W, 1, 1, L),
    it takes the mask as it is. On a CPU, where looking costs nothing, a batch without padding has no mask.
    """
    module = sys.modules[type(encoder).__module__]
    attention = getattr(getattr(encoder, "config", None), "_attn_implementation", None)
    if real.device.type == "cpu" or attention != "sdpa" or not hasattr(module, FROM_MASK):
        return real.long()
    return real[:, None, None, :]
