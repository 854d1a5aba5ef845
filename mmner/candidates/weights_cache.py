"""A cache of the weights of taggers that were trained on all examples, so that new posts of dev and test train none.

Reads / Writes: `taggers/<digest>.safetensors` in the memo's folder (beside the row store). Where a file can't be
written or read, the tagger is trained again, to the same weights on the same machine.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from mmner.base.atomic import atomic_write, usual_mode
from mmner.base.errors import InputError
from mmner.candidates.tagger_network import TaggerNetwork, new_network

# Bytes that the cached weights may take together; the newest are kept in any case.
MAX_BYTES = 2_000_000_000


def path(folder: Path, identity: dict, examples: str) -> Path:
    """The path, below `folder`, of the weights of the tagger of `identity` that was trained on `examples`, a digest."""
    text = json.dumps([identity, examples, torch.__version__], sort_keys=True, default=str)
    return folder / "taggers" / f"{hashlib.sha256(text.encode()).hexdigest()}.safetensors"


def load(path: Path, params) -> TaggerNetwork | None:
    """The tagger whose weights are at `path`; None where the file is missing or damaged.

    `params`: Tagger.Params.
    """
    try:
        network = _load(path, params)
    except (OSError, SafetensorError, RuntimeError):
        return None
    with contextlib.suppress(OSError):  # another's, in a store that is shared
        os.utime(path)
    return network


def read(path: Path, params) -> TaggerNetwork:
    """The tagger whose weights are at `path`. Errors: InputError `broken-model` where they are missing or damaged."""
    try:
        return _load(path, params)
    except (OSError, SafetensorError, RuntimeError) as error:
        what = " ".join(str(error).split())[:300]
        raise InputError("broken-model", what, where=str(path), remedy="export the run again") from error


def _load(path: Path, params) -> TaggerNetwork:
    weights = load_file(path)
    with torch.random.fork_rng():
        network = new_network(params)
    network.load_state_dict(weights)
    return network


def write(path: Path, network: TaggerNetwork) -> None:
    """Write the weights of `network` to `path`."""
    with atomic_write(path) as temporary, usual_mode(temporary):
        save_file({name: tensor.contiguous() for name, tensor in network.state_dict().items()}, temporary)


def save(path: Path, network: TaggerNetwork) -> None:
    """Write the weights of `network` to `path`, and delete the least recently used ones beyond MAX_BYTES."""
    with contextlib.suppress(OSError, SafetensorError, RuntimeError):  # the last one: tensors that share memory
        write(path, network)
        _limit_size(path)


def _limit_size(newest: Path) -> None:
    newest_first = sorted(
        ((file.stat(), file) for file in newest.parent.glob("*.safetensors")), key=lambda entry: -entry[0].st_mtime
    )
    total = 0
    for stat, file in newest_first:
        total += stat.st_size
        if total > MAX_BYTES and file != newest:
            file.unlink(missing_ok=True)
