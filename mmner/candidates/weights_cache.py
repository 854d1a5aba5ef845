"""Weights of taggers that were taught on all sentences they may learn from, so that a new post teaches none again.

Reads / Writes: `taggers/<digest>.safetensors` beside the memo (the row store, say). They are a convenience:
whatever can't be written or read is taught again, to the same weights on the same machine.
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

from mmner.base.atomic import atomic_write
from mmner.candidates.network import Network, new_network

MAX_BYTES = (
    2_000_000_000  # bytes that the kept weights may take together; those that were just taught are kept in any case
)


def path(folder: Path, identity: dict, examples: str) -> Path:
    """Where below `folder` the weights lie of the tagger of `identity` that was taught the examples of that digest."""
    text = json.dumps([identity, examples, torch.__version__], sort_keys=True, default=str)
    return folder / "taggers" / f"{hashlib.sha256(text.encode()).hexdigest()}.safetensors"


def load(path: Path, params) -> Network | None:
    """The tagger whose weights are at `path`; None where there are none, or none that are whole.

    `params`: Tagger.Params.
    """
    try:
        weights = load_file(path)
    except (OSError, SafetensorError):
        return None
    with torch.random.fork_rng():
        network = new_network(params)
    try:
        network.load_state_dict(weights)
    except RuntimeError:
        return None
    with contextlib.suppress(OSError):  # another's, in a store that is shared
        os.utime(path)
    return network


def save(path: Path, network: Network) -> None:
    """Write the weights of `network` to `path`, and drop those that were not used the longest, beyond MAX_BYTES."""
    with contextlib.suppress(OSError, SafetensorError, RuntimeError):  # the last one: tensors that share memory
        with atomic_write(path) as temporary:
            temporary.touch()
            mode = temporary.stat().st_mode
            save_file({name: tensor.contiguous() for name, tensor in network.state_dict().items()}, temporary)
            temporary.chmod(mode)  # save_file lets its owner alone read it; who shares the store may, too
        _limit_size(path)


def _limit_size(newest: Path) -> None:
    found = sorted(
        ((file.stat(), file) for file in newest.parent.glob("*.safetensors")), key=lambda one: -one[0].st_mtime
    )
    taken = 0
    for stat, file in found:
        taken += stat.st_size
        if taken > MAX_BYTES and file != newest:
            file.unlink(missing_ok=True)
