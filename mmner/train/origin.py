"""Where a run's weights come from: the run it starts from, and whose labels these have seen.

Reads: that run's model folder.
"""

from __future__ import annotations

from pathlib import Path

from mmner.base import project
from mmner.base.errors import InputError
from mmner.model import description
from mmner.networks import weights
from mmner.rows.contract import Memo
from mmner.train.label_leakage import labels_seen
from mmner.train.params import SCRATCH, Run


def identity(run: str, folder: Path, memo: Memo | None = None) -> dict[str, str]:
    """What identifies a parent: the name of `run` and the digest of the weights in its model folder.

    memo: which remembers the digests of files. Errors: InputError `missing-model`.
    """
    path = folder / "model.safetensors"
    if not path.is_file():
        remedy = f"runs.<name>.from is scratch or the name of a run; {project.repro('train', run)} makes its model"
        raise InputError("missing-model", f"no model of run {run}", where=str(folder), remedy=remedy)
    return {"run": run, "weights": weights.digest(folder, [path], memo)}


def read(run: Run, corpus: str, folder: Path, memo: Memo | None = None) -> dict:
    """What model.json keeps about where `run`, on `corpus`, comes from: taught, and parent unless from scratch.

    Errors: InputError `missing-model`, `more-than-shots`.
    """
    if run.from_ == SCRATCH:
        return {"taught": labels_seen(corpus, run.shots, None)}
    known = identity(run.from_, folder, memo)
    return {"parent": known, "taught": labels_seen(corpus, run.shots, description.read(folder))}
