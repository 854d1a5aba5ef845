"""`model.json`: what a model folder says of its model, read without the model."""

from __future__ import annotations

import json
from pathlib import Path

from mmner.base.errors import InputError

VERSION = 1
FILE = "model.json"


def read(folder: str | Path) -> dict:
    """The description of the model in `folder`. Errors: InputError `missing-model`, `model-version`."""
    try:
        description = json.loads((Path(folder) / FILE).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError("missing-model", "no model.json here", where=str(folder), remedy="dvc repro train") from error
    if description["version"] != VERSION:
        message = f"written by version {description['version']} of the format, this is {VERSION}"
        raise InputError("model-version", message, where=str(folder), remedy="train it again")
    return description


def write(folder: str | Path, description: dict) -> None:
    (Path(folder) / FILE).write_text(json.dumps(description, indent=2) + "\n", encoding="utf-8")
