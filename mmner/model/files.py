"""A trained model on disk: `model.safetensors`, `model.json`, the encoder's config and tokenizer, or its
vocabulary; no pickle.

A model with a vision tower has the tower's config and image processor too. The folder needs nothing else: the weights
of encoder and tower are among the model's, so that it loads where they themselves are not.
"""

from __future__ import annotations

import json
from pathlib import Path

from safetensors.torch import load_file, save_file

from mmner.base.errors import InputError
from mmner.model import readers
from mmner.model.fused import FusedModel
from mmner.model.params import Architecture, Switches
from mmner.networks.towers import Tower

VERSION = 1


def save(folder: str | Path, model: FusedModel, tokenizer, about: dict) -> None:
    """Write `model` and its `tokenizer` to `folder`; `about`: JSON-able facts about its training."""
    folder = Path(folder)
    readers.describe(folder / "encoder", model.encoder, tokenizer)
    if model.tower is not None:
        model.tower.save_config(folder / "vision")
    state = {name: value.contiguous().cpu() for name, value in model.state_dict().items()}
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    description = {
        "version": VERSION,
        "labels": model.labels,
        "visual_width": model.visual_width,
        "architecture": model.sizes.model_dump(),
        "switches": model.switches.model_dump(by_alias=True),
        "training": about,
    }
    (folder / "model.json").write_text(json.dumps(description, indent=2) + "\n", encoding="utf-8")


def describe(folder: str | Path) -> dict:
    """The description of the model in `folder`. Errors: InputError `missing-model`, `model-version`."""
    try:
        description = json.loads((Path(folder) / "model.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError("missing-model", "no model.json here", where=str(folder), remedy="dvc repro train") from error
    if description["version"] != VERSION:
        what = f"written by version {description['version']} of the format, this is {VERSION}"
        raise InputError("model-version", what, where=str(folder), remedy="train it again")
    return description


def load(folder: str | Path) -> tuple[FusedModel, object, dict]:
    """The model (in evaluation mode), its tokenizer and its description from `folder`. Errors: those of `describe`."""
    folder = Path(folder)
    description = describe(folder)
    sizes = Architecture.model_validate(description["architecture"])
    encoder, tokenizer = readers.rebuild(folder / "encoder", sizes)
    switches = Switches.model_validate(description["switches"])
    tower = Tower.from_config(folder / "vision", sizes.vision.pooling) if sizes.vision and switches.visual else None
    model = FusedModel(encoder, description["labels"], description["visual_width"], sizes, switches, tower)
    model.load_state_dict(load_file(folder / "model.safetensors"))
    return model.eval(), tokenizer, description
