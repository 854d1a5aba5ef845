"""A trained model on a preparation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mmner.model import description
from mmner.model.params import Architecture, Switches
from mmner.train import data
from mmner.train.params import Training


def read(model: Path, prepared: Path, images: Path | None) -> data.Rows:
    """What the model in folder `model` may see of a preparation. `images`: the corpus's image folder, for a tower.

    Errors: InputError `feature-width` where the features are not of the width that the model was trained on.
    """
    about = description.read(model)
    vision = Architecture.model_validate(about["architecture"]).vision
    found = data.read(prepared, Switches.model_validate(about["switches"]), vision, images)
    found.check_width(about["visual_width"], prepared)
    return found


def apply(model: str | Path, prepared: str | Path, split: str, images: str | Path | None = None) -> list[dict]:
    """Rows of artifact `predictions` for the examples of `split`, computed. Errors: those of `read`."""
    found = read(Path(model), Path(prepared), images and Path(images))
    chosen = found.of(split)
    return rows(found, chosen, compute(Path(model), found, chosen))


def compute(model: Path, found: data.Rows, chosen: Sequence[int]) -> list[tuple[list[str], list[float]]]:
    """(tags, their confidence) of each of rows `chosen` of `found`."""
    from mmner.model import files, text_encoder
    from mmner.networks import device
    from mmner.train.loop import predict

    network, tokenizer, about = files.load(model)
    training = Training.model_validate(about["training"]["training"])
    encoding = text_encoder.encoding(network.sizes, network.encoder, tokenizer)
    examples = data.encode(found, chosen, encoding, network.switches)
    where = device.best()
    autocast = device.autocast(training.precision, where, training=True)
    answers = predict(network.to(where), examples, tokenizer.pad_token_id, 2 * training.batch_size, autocast)
    return list(zip(*answers, strict=True))


def rows(found: data.Rows, chosen: Sequence[int], answers: Sequence[tuple[list[str], list[float]]]) -> list[dict]:
    """Rows of artifact `predictions`: id, tokens, gold, predicted, confidence.

    gold is as the corpus's files write it, before any repair: what strict and lenient scores differ about.
    """
    return [
        {
            "id": row["id"],
            "tokens": row["tokens"],
            "gold": row["as_written"] or row["tags"],
            "predicted": tags,
            "confidence": confidence,
        }
        for row, (tags, confidence) in zip((found.rows[number] for number in chosen), answers, strict=True)
    ]
