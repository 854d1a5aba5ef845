"""`runs.<name>` and `train.<variant>` of params.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import pydantic

from mmner.base.errors import InputError
from mmner.base.params import Count, Params, Rate, Seconds, Seed, Weight, build, entry
from mmner.base.requirements import Requirement, Weights
from mmner.model.params import WORDS, Architecture, Share, Switches
from mmner.ner.fewshot import Shots

SCRATCH = "scratch"
MOST_PIECES = 16384


class Run(Params):
    """One training of the fused model on a preparation.

    from_: the run whose model it starts from (IAC 4.1), or scratch: the encoder's own weights. train, evaluate:
    variants by name. seed: of everything random in it, but for the draw of `shots`: what it learns from of the train
    split, null for all of it. remote: where DVC pushes the predictions, which hold texts; dvc.yaml alone reads it.
    """

    preparation: str
    remote: str | None = pydantic.Field(default=None, exclude=True)
    # Left out of dumps where it is scratch: models and resume files of before it existed stay as they are.
    from_: str = pydantic.Field(alias="from", exclude_if=lambda name: name == SCRATCH)
    train: str
    evaluate: str
    seed: Seed
    shots: Shots | None = pydantic.Field(default=None, exclude_if=lambda shots: shots is None)
    switches: Switches


class Training(Params):
    """How to train. lr_encoder, lr_head: peak rates. warmup: share of the steps, then linear decay to 0.

    lr_vision: the rate of architecture.vision, where there is one. lr_crf: of the CRF's transitions; null: lr_head.
    layer_decay: the encoder's layer k below its top learns at lr_encoder · layer_decay^k, the embeddings below the
    lowest. optimizer: adamw takes weight_decay apart from the gradient, as BERT's "Adam with weight decay" does; adam
    takes it as an L2 term of the gradient, which walks weights of small gradient to zero. decay: what decays; weights:
    neither biases nor norms nor the CRF's transitions. adversarial: norm by which word embeddings are moved along their
    gradient; a step adds the gradients of the batch so perturbed to its own. word_dropout: share of the sentence's
    words that are hidden in training. evidence_dropout: share of the posts that are read in training without extra text
    and without the marks of tokens that other stages gave. dev_every: epochs from one look at dev to the next; after
    the last one there is always one. choose: the weights that are kept, those best on dev or the last.
    batch_size: examples; accumulate: batches an optimiser step. clip: maximal gradient norm. patience: epochs without
    a better dev F1 before it stops, null for never. precision: auto is bf16 on a GPU that has it and on a CPU with
    AMX, else float32; BiLSTM, emissions and CRF compute in float32 always.
    tf32: a GPU multiplies float32 in TF32. compile: the encoder by torch.compile, whatever the lengths. checkpointing:
    the encoder's activations are computed again in the backward pass, which saves memory. max_pieces: word pieces,
    padding included, of one forward pass; a batch with more is computed in parts, to the same mean.
    save_minutes: at most this much work is lost by a kill.
    """

    architecture: Architecture
    epochs: Count
    batch_size: Count
    accumulate: Count = 1
    lr_encoder: Rate
    lr_head: Rate
    lr_vision: Rate | None = pydantic.Field(default=None, exclude_if=lambda value: value is None)
    lr_crf: Rate | None = pydantic.Field(default=None, exclude_if=lambda value: value is None)
    layer_decay: Annotated[float, pydantic.Field(gt=0, le=1)] = pydantic.Field(
        default=1.0, exclude_if=lambda value: value == 1
    )
    weight_decay: Weight = 0.01
    decay: Literal["weights", "all"] = pydantic.Field(default="weights", exclude_if=lambda which: which == "weights")
    adversarial: Weight = pydantic.Field(default=0.0, exclude_if=lambda norm: norm == 0)
    word_dropout: Share = pydantic.Field(default=0.0, exclude_if=lambda share: share == 0)
    evidence_dropout: Share = pydantic.Field(default=0.0, exclude_if=lambda share: share == 0)
    warmup: Share = 0.1
    clip: Annotated[float, pydantic.Field(gt=0)] = 1.0
    optimizer: Literal["adamw", "adam"] = pydantic.Field(default="adamw", exclude_if=lambda name: name == "adamw")
    dev_every: Count = pydantic.Field(default=1, exclude_if=lambda epochs: epochs == 1)
    choose: Literal["dev", "last"] = pydantic.Field(default="dev", exclude_if=lambda which: which == "dev")
    patience: Count | None = None
    precision: Literal["auto", "float32", "bf16"] = "auto"
    tf32: bool = pydantic.Field(default=False, exclude_if=lambda value: not value)
    compile: bool = pydantic.Field(default=False, exclude_if=lambda value: not value)
    checkpointing: bool = pydantic.Field(default=False, exclude_if=lambda value: not value)
    max_pieces: Count = pydantic.Field(default=MOST_PIECES, exclude_if=lambda count: count == MOST_PIECES)
    save_minutes: Seconds = 5.0

    def requirements(self) -> tuple[Requirement, ...]:
        encoder = ()
        if self.architecture.encoder != WORDS:
            encoder = (Weights(self.architecture.encoder, precision=self.precision, use="train", text=True),)
        if (vision := self.architecture.vision) is None:
            return encoder
        return *encoder, Weights(vision.weights, vision.revision, vision.allow_pickle, self.precision, "train")

    @pydantic.model_validator(mode="after")
    def _consistent(self):
        if (self.lr_vision is None) != (self.architecture.vision is None):
            raise ValueError("lr_vision and architecture.vision need each other")
        if self.layer_decay != 1 and self.architecture.encoder == WORDS:
            raise ValueError("layer_decay goes by the encoder's layers, and encoder: words has none")
        if (self.compile or self.checkpointing) and self.architecture.encoder == WORDS:
            raise ValueError("compile and checkpointing are for a transformers encoder, and encoder: words is none")
        if self.adversarial and self.architecture.encoder == WORDS:
            raise ValueError("adversarial moves a transformers encoder's word embeddings, and encoder: words is none")
        if self.choose == "last" and self.patience is not None:
            raise ValueError("patience asks dev, and choose: last does not")
        return self


def select(all_params: dict, name: str) -> tuple[Run, Training]:
    """Run `name`, and its variant of `train`. all_params: params.yaml's content.

    Errors: InputError `bad-params`, `unknown-section`, `unknown-entry`.
    """
    if SCRATCH in all_params.get("runs", {}):
        raise InputError("bad-params", f"no run may be called {SCRATCH}", where="params.yaml: runs", remedy="rename it")
    run = build(Run, entry(all_params, "runs", name), f"runs.{name}")
    return run, build(Training, entry(all_params, "train", run.train), f"train.{run.train}")


def image_folder(all_params: dict, preparation: str, corpora: str | Path) -> Path | None:
    """The image folder of `preparation`'s corpus; None where it has none.

    all_params: params.yaml's content. corpora: the folder that holds a folder a corpus.
    """
    corpus = entry(all_params, "preparations", preparation)["corpus"]
    images = entry(all_params, "corpora", corpus)["images"]
    return None if images is None else Path(corpora) / corpus / images
