"""The state of a training in a file, from which a killed one goes on.

The file is named by a digest of all that was read, and says which one it is: whatever is in it is of this very run.
"""

from __future__ import annotations

import copy
import hashlib
import json
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from mmner.base import atomic
from mmner.train import ranks

PARTS = ("model", "optimizer", "schedule")
GENERATORS = ("random", "cuda")


class Unusable(Exception):
    """A state that is damaged, or of another run."""


def states(parts: Mapping[str, Any]) -> dict:
    """The states of PARTS, and of the generators of random numbers."""
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
    return {name: parts[name].state_dict() for name in PARTS} | {"random": torch.get_rng_state(), "cuda": cuda}


def snapshot(parts: Mapping[str, Any]) -> dict:
    """A copy of `states`, to go back to; tensors in the memory of the CPU."""
    return copy.deepcopy(states({**parts, "model": _OnCpu(parts["model"])}))


def restore(parts: Mapping[str, Any], state: Mapping[str, Any]) -> None:
    """Give `parts`, and the generators, their states. Errors: whatever torch raises; some parts are changed then."""
    for name in PARTS:
        parts[name].load_state_dict(state[name])
    torch.set_rng_state(state["random"])
    # Of as many GPUs as are there: more may have been seen where it was saved.
    torch.cuda.set_rng_state_all(state["cuda"][: torch.cuda.device_count()])


def own_generators(state: dict) -> dict:
    """The states of this rank's generators. Another number of ranks goes on, and not to the same weights."""
    known = state.get("ranks", [{name: state[name] for name in GENERATORS}])
    if len(known) != ranks.count():
        print(f"WARNING: saved by {len(known)} processes, gone on with by {ranks.count()}: other random numbers follow")
        return {} if ranks.number() == 0 else {"random": torch.get_rng_state(), "cuda": []}
    return known[ranks.number()]


def write(path: Path, state: dict) -> None:
    """Write `state` to `path`, whole or not at all. Errors: OSError; to a path torch would hide which."""
    with atomic.atomic_write(path) as temporary, temporary.open("wb") as file:
        torch.save({"run": path.stem, **state}, file)


def read(path: Path) -> dict:
    """The state in the file at `path`. Errors: Unusable, and whatever a damaged archive raises."""
    with zipfile.ZipFile(path) as archive:  # torch reads over flipped bits
        if (damaged := archive.testzip()) is not None:
            raise Unusable(f"{damaged} is damaged")
    state = torch.load(path, map_location="cpu", weights_only=True)
    if state.get("run", path.stem) != path.stem:  # older ones don't say
        raise Unusable("it is of another run")
    return state


def reason(error: Exception) -> str:
    """In words, why a file that raised `error` can't be used. Errors: `error`, where it is the machine's fault."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError) or getattr(error, "errno", None) is not None:
        raise error
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"


def put_aside(path: Path, reason: str) -> None:
    """Rename the file at `path`, and say why."""
    aside = path.with_suffix(".damaged")
    path.replace(aside)
    print(
        f"WARNING: {path} can't be used, the training begins anew ({reason}); it is now {aside.name}", file=sys.stderr
    )


def key(*parts) -> str:
    """Hex digest of JSON-able `parts`: names a resume file, so that only the very same run resumes from it."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:32]


class _OnCpu:
    def __init__(self, model: torch.nn.Module):
        self._model = model

    def state_dict(self) -> dict:
        return {name: value.cpu() for name, value in self._model.state_dict().items()}
