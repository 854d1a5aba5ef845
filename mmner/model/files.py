"""A trained model on disk: `model.safetensors`, `model.json`, the encoder's config and tokenizer, or its
vocabulary; no pickle.

A model with a vision tower has the tower's config and image processor too. The folder needs nothing else: the weights
of encoder and tower are among the model's, so that it loads where they themselves are not.
"""

from __future__ import annotations

from pathlib import Path

from safetensors.torch import load_file, save_file

from mmner.base.atomic import atomic_write, usual_mode
from mmner.base.errors import InputError
from mmner.model import description as model_json
from mmner.model import text_encoder
from mmner.model.fused import FusedModel
from mmner.model.params import Architecture, Switches
from mmner.networks import weights
from mmner.networks.towers import Tower


def save(folder: str | Path, model: FusedModel, tokenizer, about: dict) -> None:
    """Write `model` and its `tokenizer` to `folder`; `about`: JSON-able facts about its training."""
    folder = Path(folder)
    text_encoder.save_config(folder / "encoder", model.encoder, tokenizer)
    if model.tower is not None:
        model.tower.save_config(folder / "vision")
    state = {name: value.contiguous().cpu() for name, value in model.state_dict().items()}
    with atomic_write(folder / "model.safetensors") as temporary, usual_mode(temporary):
        save_file(state, temporary, metadata={"format": "pt"})
    description = {
        "version": model_json.VERSION,
        "labels": model.labels,
        "visual_width": model.visual_width,
        "architecture": model.architecture.model_dump(),
        "switches": model.switches.model_dump(by_alias=True),
        "training": about,
    }
    model_json.write(folder, description)


def load(folder: str | Path) -> tuple[FusedModel, object, dict]:
    """The model (in evaluation mode), its tokenizer and its description from `folder`.

    Errors: those of `mmner.model.description.read`, and InputError `broken-model` where its files don't fit together.
    """
    folder = Path(folder)
    description = model_json.read(folder)
    try:
        with weights.loading(str(folder), "", "broken-model"):
            return *_load(folder, description), description
    except InputError as error:
        raise model_json.broken(folder, error.what) from error


def _load(folder: Path, description: dict) -> tuple[FusedModel, object]:
    architecture = Architecture.model_validate(description["architecture"])
    encoder, tokenizer = text_encoder.from_config(folder / "encoder", architecture)
    switches = Switches.model_validate(description["switches"])
    tower = (
        Tower.from_config(folder / "vision", architecture.vision.pooling)
        if architecture.vision and switches.visual
        else None
    )
    model = FusedModel(encoder, description["labels"], description["visual_width"], architecture, switches, tower)
    model.load_state_dict(load_file(folder / "model.safetensors"))
    return model.eval(), tokenizer
