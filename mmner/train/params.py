"""`runs.<name>` and `train.<variant>` of params.yaml."""

from __future__ import annotations

from typing import Annotated, Literal

import pydantic

from mmner.model.params import Architecture, Positive, Share, Switches
from mmner.needs import Need, Weights
from mmner.params import Params

Rate = Annotated[float, pydantic.Field(gt=0)]


class Run(Params):
    """One training of the fused model on a preparation.

    train, evaluate: variants by name. seed: of everything random in it. A run has the switches as its other keys.
    """

    preparation: str
    train: str
    evaluate: str
    seed: int
    switches: Switches


class Training(Params):
    """How to train. lr_encoder, lr_head: AdamW's peak rates. warmup: share of the steps, then linear decay to 0.

    batch_size: examples; accumulate: batches an optimiser step. clip: maximal gradient norm. patience: epochs without
    a better dev F1 before it stops, null for never. precision: auto is bf16 on a GPU or CPU that has it, else float32.
    save_minutes: at most this much work is lost by a kill.
    """

    architecture: Architecture
    epochs: Positive
    batch_size: Positive
    accumulate: Positive = 1
    lr_encoder: Rate
    lr_head: Rate
    weight_decay: Annotated[float, pydantic.Field(ge=0)] = 0.01
    warmup: Share = 0.1
    clip: Rate = 1.0
    patience: Positive | None = None
    precision: Literal["auto", "float32", "bf16"] = "auto"
    save_minutes: Annotated[float, pydantic.Field(ge=0)] = 5.0

    def needs(self) -> tuple[Need, ...]:
        return (Weights(self.architecture.encoder, precision=self.precision, use="train"),)
