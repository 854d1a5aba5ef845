"""Digests of what a training starts with: the weights and tokenizers of its text encoder, its tower, its parent."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import NamedTuple

from mmner.base.errors import InputError
from mmner.model import description
from mmner.model.params import WORDS, Switches, Vision
from mmner.networks import encoders, weights
from mmner.rows.contract import Memo
from mmner.train.params import SCRATCH, Run, Training


class Digests(NamedTuple):
    """encoder: of weights, config and tokenizer, or "words". tower: of weights, config and image processor, None
    without one. parent: of the weights and what they mean, None from scratch."""

    encoder: str
    tower: str | None
    parent: str | None


def read(run: Run, params: Training, parent: Path, *, fetch: bool = True, memo: Memo | None = None) -> Digests:
    """The digests of what `run` starts with. `parent`: model folder of the run that it starts from.

    `memo`: which remembers the digests of files. `fetch`: load weights that the hub's cache lacks, once, since their
    files are what is digested; else they are an error.
    Errors: InputError `no-weights`, `unknown-encoder`, `missing-model`, `model-version`.
    """
    architecture = params.architecture
    encoder = architecture.encoder if architecture.encoder == WORDS else _encoder(architecture.encoder, fetch, memo)
    with_tower = architecture.vision is not None and run.switches.visual
    tower = _tower(architecture.vision, fetch, memo) if with_tower else None
    return Digests(encoder, tower, None if run.from_ == SCRATCH else _parent(parent, memo))


def _encoder(name: str, fetch: bool, memo: Memo | None) -> str:
    def load() -> None:
        encoders.tokenizer(name)
        encoders.network(name)

    return _digest(encoders.locate(name), None, False, load if fetch else None, memo)


def _tower(vision: Vision, fetch: bool, memo: Memo | None) -> str:
    def load() -> None:
        from mmner.networks.towers import Tower

        Tower.load(vision)

    return _digest(vision.weights, vision.revision, vision.allow_pickle, load if fetch else None, memo)


def _digest(name: str, revision: str | None, allow_pickle: bool, load, memo: Memo | None) -> str:
    """The digest of the files of `name`, a folder or a name on the hub whose snapshot is in the hub's cache."""
    if not Path(name).is_dir():
        if _snapshot(name, revision, allow_pickle) is None and load is not None:
            load()
        if (folder := _snapshot(name, revision, allow_pickle)) is None:
            raise InputError(
                "no-weights", "neither a folder nor in the hub's cache", where=name, remedy=weights.FETCH_REMEDY
            )
        return weights.digest(folder, weights.loaded_files(folder), memo)
    return weights.identity(name, allow_pickle=allow_pickle, memo=memo)


def _snapshot(name: str, revision: str | None, allow_pickle: bool) -> Path | None:
    """The folder of the hub's cache with `name`, where it holds weights, and not its config alone."""
    folder = weights.cached(name, revision)
    kinds = (".safetensors", *weights.PICKLE_SUFFIXES) if allow_pickle else (".safetensors",)
    return folder if folder and any(path.name.endswith(kinds) for path in folder.iterdir()) else None


def _parent(folder: Path, memo: Memo | None) -> str:
    """Of the parent's weights, and of what says which of them are taken over: its labels and its switches."""
    about_parent = description.read(folder)
    switches = Switches.model_validate(about_parent["switches"]).model_dump(by_alias=True, exclude_defaults=True)
    about = [weights.digest(folder, [folder / "model.safetensors"], memo), about_parent["labels"], switches]
    return "sha256:" + hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()
