"""Runs beside their rows: the key of each, and whether a model of it is known."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from mmner.base.errors import InputError
from mmner.base.params import entry
from mmner.rows.store import Store
from mmner.tools.costs.graph import PREPARED
from mmner.train import finished, labels
from mmner.train.params import image_folder, select
from mmner.train.run import Inputs, Places, read

RUNS, RAW = Path("data/runs"), Path("data/raw")


def model(name: str) -> Path:
    """The folder of the model of run `name`."""
    return RUNS / name / "model"


def inputs(everything: dict, name: str, prepared: Path | None = None, *, fetch: bool = True) -> Inputs:
    """What run `name` is trained on, with its key. prepared: instead of the folder of its preparation.

    everything: params.yaml's content. fetch: as in `mmner.train.digests.read`. Errors: those of the stage `train`.
    """
    run, params = select(everything, name)
    labels.check(run, params, everything)
    corpus = labels.source(everything, entry(everything, "preparations", run.preparation)["corpus"])
    images = image_folder(everything, run.preparation, RAW)
    prepared = prepared or Path(PREPARED / run.preparation)
    places = Places(prepared, images, model(run.from_), model(name), RUNS / name / "live")
    return read(run, params, corpus, places, fetch=fetch)


def retrain(store: Store, everything: dict, name: str) -> None:
    """Train run `name` though its model is known. Errors: InputError `retrain-failed`, and those of `inputs`.

    Until that has come to its end, every start of the run trains it, or goes on with it.
    """
    finished.forget(store, inputs(everything, name).key)
    command = [sys.executable, "-m", "dvc", "repro", "--force", "--single-item", f"train@{name}"]
    if subprocess.run(command).returncode:
        remedy = f"mend what it says, then: dvc repro --force --single-item train@{name}"
        raise InputError("retrain-failed", "the stage did not come to its end", where=f"train@{name}", remedy=remedy)
