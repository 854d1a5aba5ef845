"""`model.json`: what a model folder says of its model, read without the model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

import pydantic

from mmner.base import paths, project
from mmner.base.errors import InputError
from mmner.model.params import Architecture, Switches

VERSION = 1
FILE = "model.json"


def read(folder: str | Path) -> dict:
    """The description of the model in `folder`, in which nothing is but files that can be read from.

    Errors: InputError `missing-model`, `broken-model`, `model-version`.
    """
    try:
        description = json.loads(paths.read_text(Path(folder) / FILE))
    except FileNotFoundError as error:
        raise InputError("missing-model", "no model.json here", where=str(folder), remedy=_made(folder)) from error
    except (OSError, ValueError, RecursionError) as error:
        raise broken(folder, f"{FILE}: {error}") from error
    if odd := paths.odd_entry(Path(folder).rglob("*"), (".json", ".safetensors")):
        raise broken(folder, f"{odd[0].relative_to(folder)}: {odd[1]}")
    version = description.get("version") if isinstance(description, dict) else None
    if isinstance(version, int) and version != VERSION:
        message = f"written by version {version} of the format, this is {VERSION}"
        raise InputError("model-version", message, where=str(folder), remedy=_trained_again(folder))
    try:
        _Description.model_validate(description)
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        raise broken(folder, f"{FILE}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    return description


class _Description(pydantic.BaseModel):
    """What every reader of a description relies on."""

    version: int
    labels: list[str] = pydantic.Field(min_length=1)
    visual_width: int = pydantic.Field(ge=0)
    architecture: Architecture
    switches: Switches
    training: _Training


class _Training(pydantic.BaseModel):
    taught: dict[str, Literal["all"] | dict] | None = None  # models of before it was kept have none


def broken(folder: str | Path, what: str) -> InputError:
    """The error about a model in `folder` that can't be read."""
    remedy = f"rm -r {folder}, then dvc checkout, which brings it back from DVC's cache, or dvc repro, which makes it"
    return InputError("broken-model", what, where=str(folder), remedy=remedy)


def _run(folder: str | Path) -> str | None:
    """The run whose model is in `folder`, as dvc.yaml has it; None of another folder."""
    path = Path(folder)
    return path.parent.name if path.name == "model" and path.parent.parent.name == "runs" else None


def _made(folder: str | Path) -> str:
    return project.repro("train", run) if (run := _run(folder)) else "dvc repro train"


def _trained_again(folder: str | Path) -> str:
    return f"python -m mmner retrain {_run(folder) or 'RUN'}: `dvc repro` alone would take it as it is"


def write(folder: str | Path, description: dict) -> None:
    (Path(folder) / FILE).write_text(json.dumps(description, indent=2) + "\n", encoding="utf-8")
