"""Folders of checkpoints, for libraries without `save_pretrained`: checkpoints, configs, and encoders in subfolders.

A model that the library would fetch by name lies under that name (`bert-base-uncased/`, `facebook/opt-2.7b/`), a file
that it would fetch by address under the file's name (`eva_vit_g.pth`). Safetensors of the same stem come before a
pickle.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from mmner.base.errors import InputError
from mmner.networks import weights
from mmner.rows.contract import Memo

EXECUTABLE_SUFFIXES = (*weights.PICKLE_SUFFIXES, ".py")  # run code when they are read; .py: a config that is a program
DATA_SUFFIXES = (*weights.DATA_SUFFIXES, ".yaml")
REMEDY = "have a folder with all files, as docs/engines.md lists them"


def check(folder: str, allow_pickle: bool) -> None:
    """Check that reading `folder` runs no code, unless `allow_pickle`.

    Errors: InputError `pickle-weights` where a pickle or a Python file lies in it, at any depth.
    """
    executable = sorted(str(path.relative_to(folder)) for path in _files(Path(folder), EXECUTABLE_SUFFIXES))
    if executable and not allow_pickle:
        what = f"reading {', '.join(executable)} runs whatever code it holds"
        remedy = "keep safetensors and JSON alone; if you trust the files, set allow_pickle: true"
        raise InputError("pickle-weights", what, where=folder, remedy=remedy)


def offline() -> None:
    """Forbid transformers every download from now on. Called before transformers is imported."""
    os.environ["TRANSFORMERS_OFFLINE"] = "1"


def identity(folder: str, memo: Memo | None = None) -> str:
    """The digest of the files in `folder`; the folder's own path does not change it. `memo` keeps the files' digests.

    Errors: InputError `no-weights`.
    """
    if not Path(folder).is_dir():
        raise InputError("no-weights", "no such folder", where=folder, remedy=REMEDY)
    return weights.digest(Path(folder), _files(Path(folder), DATA_SUFFIXES + EXECUTABLE_SUFFIXES), memo)


def load_tensors(folder: str, stem: str, tensors_key: str | None = None) -> dict:
    """Name -> tensor, from `<stem>.safetensors`, else from `<stem>.pth`.

    `tensors_key`: the key under which a pickle may hold them. A pickle of nothing but tensors and plain values is read
    without running code. Errors: InputError `no-weights`.
    """
    safe, pickled = (Path(folder) / f"{stem}{end}" for end in (".safetensors", ".pth"))
    if safe.is_file():
        from safetensors.torch import load_file

        return load_file(safe)
    if not pickled.is_file():
        raise InputError("no-weights", f"neither {safe.name} nor {pickled.name}", where=folder, remedy=REMEDY)
    import pickle

    import torch

    try:
        content = torch.load(pickled, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        content = torch.load(pickled, map_location="cpu")
    return content[tensors_key] if tensors_key and tensors_key in content else content


def load_state(network, tensors: dict, folder: str) -> None:
    """Load `tensors` into `network`. `folder`: named in errors.

    Tensors that only one of the two has are left alone, as the libraries do: a checkpoint lacks the parts that were
    not trained. Errors: InputError `no-weights` where no tensor fits, or a shape differs.
    """
    try:
        unexpected = network.load_state_dict(tensors, strict=False).unexpected_keys
        problem = "" if len(unexpected) < len(tensors) else "no tensor of the checkpoint belongs to the network"
    except RuntimeError as error:
        problem = " ".join(str(error).split())[:300]
    if problem:
        raise InputError("no-weights", problem, where=folder, remedy="the checkpoint is of another model or config")


@contextlib.contextmanager
def names_as_subfolders(folder: str) -> Iterator[None]:
    """While the block lasts, names of models mean subfolders of `folder`.

    Errors: InputError `no-weights` where one is missing.
    """
    from transformers.utils import logging

    logging.set_verbosity_error()  # else it lists the parts that the checkpoint is there to fill
    with os_errors_as_input_error(folder), contextlib.chdir(folder):
        yield


@contextlib.contextmanager
def os_errors_as_input_error(source: str) -> Iterator[None]:
    """Turn an OSError about a file that neither exists nor can be fetched into an InputError `no-weights`."""
    try:
        yield
    except OSError as error:
        what = " ".join(str(error).split())[:300]
        raise InputError("no-weights", what, where=source, remedy=REMEDY) from error


def _files(folder: Path, kinds: tuple[str, ...]) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.name.endswith(kinds))
