"""A trained model on a preparation."""

from __future__ import annotations

from pathlib import Path

from mmner.model import files, readers
from mmner.networks import device
from mmner.train import data
from mmner.train.loop import predict
from mmner.train.params import Training


def apply(model_folder: str | Path, prepared: str | Path, split: str, images: str | Path | None = None) -> list[dict]:
    """Rows of artifact `predictions` for the examples of `split`: id, tokens, gold, predicted, confidence.

    gold is as the corpus's files write it, before any repair: what strict and lenient scores differ about.
    `images`: the corpus's image folder, for a model that sees pixels.
    Errors: InputError `feature-width` where the features are not of the width that the model was trained on.
    """
    model, tokenizer, about = files.load(model_folder)
    training = Training.model_validate(about["training"]["training"])
    found = data.read(prepared, model.switches, model.sizes.vision, images)
    found.check_width(model.visual_width, prepared)
    encoding = readers.encoding(model.sizes, model.encoder, tokenizer)
    chosen = found.of(split)
    examples = data.encode(found, chosen, encoding, model.switches)
    where = device.best()
    autocast = device.autocast(training.precision, where, training=True)
    tags, confidence = predict(model.to(where), examples, tokenizer.pad_token_id, 2 * training.batch_size, autocast)
    rows = [found.rows[number] for number in chosen]
    return [
        {
            "id": row["id"],
            "tokens": row["tokens"],
            "gold": row["as_written"] or row["tags"],
            "predicted": one,
            "confidence": other,
        }
        for row, one, other in zip(rows, tags, confidence, strict=True)
    ]
