"""What a run takes over from the run it starts from (IAC 4.1: first CoNLL-2003, then the corpus that counts).

Reads: that run's model folder.
"""

from __future__ import annotations

from pathlib import Path

from torch import Tensor

from mmner.base.errors import InputError
from mmner.model import files
from mmner.model.fused import FusedModel
from mmner.model.params import WORDS

LABELLED = ("emit", "crf")  # what other labels make useless


def load_matching_weights(model: FusedModel, tokenizer, run: str, folder: Path) -> str:
    """Give `model` the weights of the model in `folder`, which `run` left there; returns one line about it.

    Emission layer and CRF come along where the labels are the same, in the same order. A visual feature's weights
    (eq. 3, kind vectors) belong to the feature, whichever others are switched on beside it. What only one of the two
    models has stays as it is here.
    Errors: InputError `missing-model`, `other-encoder`, `other-visual-width`, `other-architecture`.
    """
    parent, vocabulary, _ = files.load(folder)
    _check(model, tokenizer, parent, vocabulary, run)
    same_labels = parent.labels == model.labels
    old, new = _parts(parent), _parts(model)
    if not same_labels:
        old = {name: value for name, value in old.items() if name.split(".")[0] not in LABELLED}
    for name in old.keys() & new.keys():
        if old[name].shape != new[name].shape:
            message = f"{name} is {tuple(old[name].shape)} in run {run}, here {tuple(new[name].shape)}"
            raise InputError("other-architecture", message, remedy="use the architecture that the other run has")
        new[name].copy_(old[name])
    fresh, left = _modules(new.keys() - old.keys()), _modules(old.keys() - new.keys())
    return (
        f"starts from {run}, {'the same' if same_labels else 'other'} labels; "
        f"carried over: {_modules(old.keys() & new.keys())}; fresh: {fresh}; left behind: {left}"
    )


def _parts(model: FusedModel) -> dict[str, Tensor]:
    """The model's weights, sharing its memory, by what they mean: a visual kind by its name, not its number."""
    parts = {}
    for name, value in model.state_dict().items():
        if name == "kind":
            rows = zip(["V", *model.kinds, "patches"], value, strict=True)
            parts |= {f"kind.{kind}": row for kind, row in rows}
        elif name.startswith("fusion.score."):
            number, rest = name.removeprefix("fusion.score.").split(".", 1)
            parts[f"fusion.{model.kinds[int(number)]}.{rest}"] = value
        else:
            parts[name] = value
    return parts


def _modules(names) -> str:
    """The parts of the model that `names` belong to, each once; a visual kind's by two words."""
    depth = {"fusion": 2, "kind": 2, "evidence": 3}
    words = {".".join(name.split(".")[: depth.get(name.split(".")[0], 1)]) for name in names}
    return ", ".join(sorted(words)) or "nothing"


def _check(model: FusedModel, tokenizer, parent: FusedModel, vocabulary, run: str) -> None:
    """Weights of the same shape may still mean something else: those are compared here."""
    if _encoder(model) != _encoder(parent) or tokenizer.get_vocab() != vocabulary.get_vocab():
        message = f"the encoder is {model.architecture.encoder}; run {run} has another architecture or vocabulary"
        message += f": {parent.architecture.encoder}"
        remedy = "set the same architecture.encoder in train.<variant>"
        if WORDS == model.architecture.encoder == parent.architecture.encoder:
            remedy = "set from: scratch, since words learn from their own train split, or a transformers encoder"
        raise InputError("other-encoder", message, remedy=remedy)
    if model.switches.visual and parent.switches.visual and model.visual_width != parent.visual_width:
        message = f"visual features are {model.visual_width} wide here, {parent.visual_width} in run {run}"
        raise InputError("other-visual-width", message, remedy="use a preparation with the same variant of features")
    if model.architecture.heads != parent.architecture.heads:
        message = f"heads is {model.architecture.heads} here, {parent.architecture.heads} in run {run}"
        raise InputError("other-architecture", message, remedy="use the architecture that the other run has")


def _encoder(model: FusedModel) -> tuple:
    config = model.encoder.config
    shapes = {name: value.shape for name, value in model.encoder.state_dict().items()}
    return getattr(config, "model_type", None), getattr(config, "num_attention_heads", None), shapes
