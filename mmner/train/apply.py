"""A trained model on a preparation."""

from __future__ import annotations

from pathlib import Path

import torch

from mmner.model import files
from mmner.model.text import TextEncoding
from mmner.train import data
from mmner.train.loop import precision, predict
from mmner.train.params import Training
from mmner.train.run import max_length


def apply(model_folder: str | Path, prepared: str | Path, split: str) -> list[dict]:
    """Rows of artifact `predictions` for the examples of `split`: id, tokens, gold, predicted, confidence.

    Errors: InputError `feature-width` where the features are not of the width that the model was trained on.
    """
    model, tokenizer, about = files.load(model_folder)
    training = Training.model_validate(about["training"]["training"])
    found = data.read(prepared, model.switches)
    found.check_width(model.visual_width, prepared)
    sizes = model.sizes
    encoding = TextEncoding(tokenizer, max_length(model.encoder, tokenizer), sizes.lengths, sizes.overlap)
    chosen = found.of(split)
    examples = data.encode(found, chosen, encoding, model.switches)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    autocast = precision(training.precision, device)
    tags, confidence = predict(model.to(device), examples, tokenizer.pad_token_id, 2 * training.batch_size, autocast)
    rows = [found.rows[number] for number in chosen]
    return [
        {"id": row["id"], "tokens": row["tokens"], "gold": row["tags"], "predicted": one, "confidence": other}
        for row, one, other in zip(rows, tags, confidence, strict=True)
    ]
