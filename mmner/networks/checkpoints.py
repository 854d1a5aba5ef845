"""A folder with all that a library without `save_pretrained` loads: checkpoints, configs, and encoders in subfolders.

What the library would fetch by name lies under that name (`bert-base-uncased/`, `facebook/opt-2.7b/`), what it would
fetch by address under the file's name (`eva_vit_g.pth`); safetensors of the same stem come before a pickle.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from mmner.base.errors import InputError
from mmner.networks import weights

CODE = (*weights.PICKLES, ".py")  # what runs code when it is read: pickles, and a config that is a program
READ = (*weights.READ, ".yaml")
REMEDY = "have a folder with all files, as docs/engines.md lists them"


def check(folder: str, allow_pickle: bool) -> None:
    """Errors: InputError `pickle-weights` for a folder that holds, at any depth, what would run code when it is read,
    and isn't allowed to."""
    found = sorted(str(path.relative_to(folder)) for path in _files(Path(folder), CODE))
    if found and not allow_pickle:
        what = f"reading {', '.join(found)} runs whatever code it holds"
        remedy = "keep safetensors and JSON alone; if you trust the files, set allow_pickle: true"
        raise InputError("pickle-weights", what, where=folder, remedy=remedy)


def offline() -> None:
    """From now on a text encoder that is no folder is an error, not a download; before transformers is imported."""
    os.environ["TRANSFORMERS_OFFLINE"] = "1"


def identity(folder: str) -> str:
    """The digest of the folder's files, whatever its place. Errors: InputError `no-weights`."""
    if not Path(folder).is_dir():
        raise InputError("no-weights", "no such folder", where=folder, remedy=REMEDY)
    return weights.digest(Path(folder), _files(Path(folder), READ + CODE))


def state(folder: str, stem: str, inner: str | None = None) -> dict:
    """The tensors of `<stem>.safetensors`, else of `<stem>.pth`, by name. `inner`: the key of these in a pickle.

    A pickle of tensors and plain values alone runs no code when it is read. Errors: InputError `no-weights`.
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
        held = torch.load(pickled, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        held = torch.load(pickled, map_location="cpu")
    return held[inner] if inner and inner in held else held


def into(network, tensors: dict, where: str) -> None:
    """Load `tensors` into `network`; what only one of the two has is left alone, as the libraries do: a checkpoint
    lacks the parts that were not trained. Errors: InputError `no-weights` where nothing fits, or a shape differs."""
    try:
        odd = network.load_state_dict(tensors, strict=False).unexpected_keys
        fault = "" if len(odd) < len(tensors) else "no tensor of the checkpoint belongs to the network"
    except RuntimeError as error:
        fault = " ".join(str(error).split())[:300]
    if fault:
        raise InputError("no-weights", fault, where=where, remedy="the checkpoint is of another model or config")


@contextlib.contextmanager
def inside(folder: str) -> Iterator[None]:
    """Names of models mean subfolders of `folder`. Errors: InputError `no-weights` where one is missing."""
    from transformers.utils import logging

    logging.set_verbosity_error()  # else it lists the parts that the checkpoint is there to fill
    with reading(folder), contextlib.chdir(folder):
        yield


@contextlib.contextmanager
def reading(where: str) -> Iterator[None]:
    """Errors: InputError `no-weights` for a file that is neither there nor can be fetched."""
    try:
        yield
    except OSError as error:
        what = " ".join(str(error).split())[:300]
        raise InputError("no-weights", what, where=where, remedy=REMEDY) from error


def _files(folder: Path, kinds: tuple[str, ...]) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.name.endswith(kinds))
