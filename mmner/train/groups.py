"""The weights of a model in groups of one learning rate and one weight decay each, for an optimiser."""

from __future__ import annotations

from collections.abc import Iterator

from torch import nn

from mmner.base.errors import InputError
from mmner.model.fused import FusedModel
from mmner.train.params import Training


def parameter_groups(model: FusedModel, params: Training) -> list[dict]:
    """Groups {params, lr, weight_decay} that hold each weight of `model` once, in an order that is always the same.

    With `decay: weights` neither vectors (biases, the scales and shifts of norms) nor the CRF's transitions decay.
    Errors: InputError `no-layers`.
    """
    groups: dict[tuple[float, float], dict] = {}
    for rate, name, weight in _rates(model, params):
        decays = params.decay == "all" or (weight.dim() > 1 and not name.startswith("crf."))
        decay = params.weight_decay if decays else 0.0
        groups.setdefault((rate, decay), {"params": [], "lr": rate, "weight_decay": decay})["params"].append(weight)
    return list(groups.values())


def _rates(model: FusedModel, params: Training) -> Iterator[tuple[float, str, nn.Parameter]]:
    """(peak learning rate, name, weight) of all weights."""
    below = _layers_below_the_top(model.encoder) if params.layer_decay != 1 else {}
    for name, weight in model.named_parameters():
        if name.startswith("encoder."):
            rate = params.lr_encoder * params.layer_decay ** below.get(id(weight), 0)
        elif name.startswith("tower."):
            rate = params.lr_vision
        elif name.startswith("crf.") and params.lr_crf is not None:
            rate = params.lr_crf
        else:
            rate = params.lr_head
        yield rate, name, weight


def _layers_below_the_top(encoder: nn.Module) -> dict[int, int]:
    """How many layers of `encoder` are above each weight, by the weight's id; all of them above its embeddings.

    Errors: InputError `no-layers`.
    """
    count = getattr(encoder.config, "num_hidden_layers", None)
    lists = (
        [one for one in part.children() if isinstance(one, nn.ModuleList) and len(one) == count]
        for part in encoder.modules()
    )
    stacks = next(filter(None, lists), [])
    if len(stacks) != 1:  # XLM has a list of attentions, one of norms, one of what follows
        what = f"layer_decay goes by layer, and in the encoder ({encoder.config.model_type}) there is no list of them"
        raise InputError("no-layers", what, where="params.yaml: train", remedy="leave layer_decay out")
    of_layer = {id(weight): number for number, layer in enumerate(stacks[0]) for weight in layer.parameters()}
    weights = [id(weight) for weight in encoder.parameters()]
    first = min(weights.index(weight) for weight in of_layer)
    below = {weight: count - 1 - number for weight, number in of_layer.items()}
    return below | dict.fromkeys(weights[:first], count)
