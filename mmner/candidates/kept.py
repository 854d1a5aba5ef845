"""Weights of taggers that were taught on a whole train split, so that a new post to tag does not teach one again.

Reads / Writes: `taggers/<digest>.safetensors` beside the row store. They are a convenience: whatever can't be written
or read is taught again, to the same weights on the same machine.
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

from mmner.store import folder

NEWEST = 4  # so many are kept: each is as large as its encoder


def place(identity: dict, lessons: str) -> Path:
    """Where the weights lie of the tagger of `identity` that was taught the lessons of digest `lessons`."""
    text = json.dumps([identity, lessons, torch.__version__], sort_keys=True, default=str)
    return folder() / "taggers" / f"{hashlib.sha256(text.encode()).hexdigest()}.safetensors"


def load(path: Path, network: torch.nn.Module) -> bool:
    """Fill `network` with the weights at `path`; whether they were there, and whole."""
    try:
        found = load_file(path)
        network.load_state_dict(found)
        os.utime(path)
    except (OSError, SafetensorError, RuntimeError):
        return False
    return True


def save(path: Path, network: torch.nn.Module) -> None:
    """Write the weights of `network` to `path`, and drop those that were not used the longest."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with contextlib.suppress(OSError, SafetensorError, RuntimeError):  # the last one: tensors that share memory
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            save_file({name: tensor.contiguous() for name, tensor in network.state_dict().items()}, temporary)
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
        for file in sorted(path.parent.glob("*.safetensors"), key=lambda file: file.stat().st_mtime)[:-NEWEST]:
            file.unlink(missing_ok=True)
