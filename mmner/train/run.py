"""One run from artifacts to a model on disk: taken over where it was trained before, else trained.

What is imported here knows no torch: a run that is known is written in about a second.
"""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mmner.base.errors import InputError
from mmner.model import description
from mmner.ner import fewshot
from mmner.rows.store import Store
from mmner.train import finished, history, ranks
from mmner.train.inputs import Inputs, Paths, about, read, write_shots
from mmner.train.params import Run, Training


def train(run: Run, params: Training, corpus: str, paths: Paths) -> None:
    """Write the model of `run`, and its history: copied where DVC's cache has them, else trained.

    Errors: InputError, see `read`; `other-encoder`, `other-visual-width`, `other-architecture`.
    """
    store = Store()
    inputs = read(run, params, corpus, paths, memo=store)
    if inputs.about_shots is not None and ranks.number() == 0:
        line = fewshot.line(inputs.about_shots, len(inputs.data.of("train")))
        print(f"train: {line}", file=sys.stderr)
    with ranks.together():
        if ranks.number() == 0:
            _first(run, params, inputs, paths, store)
        elif not ranks.told():  # whether it is known
            from mmner.train import fit

            fit.fit(run, params, inputs, paths, ranks.told())
    store.close()


def _first(run: Run, params: Training, inputs: Inputs, paths: Paths, store: Store) -> None:
    """What one rank does for all: it looks for the model, and writes it."""
    with finished.locked(inputs.key):
        finished.sweep(store)
        with _full_disk_as_input_error(paths.model):
            trained = finished.find(store, inputs.key, paths.locked or paths.model)
            ranks.told(trained is not None)
            if trained:
                _take_over(trained, run, params, inputs, paths)
            else:
                from mmner.train import fit

                resume = fit.fit(run, params, inputs, paths, ranks.told(finished.state(store, inputs.key)))
                finished.remember(store, inputs.key, paths.model, resume)


@contextmanager
def _full_disk_as_input_error(model: Path) -> Iterator[None]:
    """Turn what a full disk makes a library raise, while `model` is made, into an InputError `artifact-full`."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:  # safetensors has a class of its own for it, and no errno
        full = getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        if not full and not any(f"os error {number}" in str(error) for number in (errno.ENOSPC, errno.EDQUOT)):
            raise
        what = f"no space left on the disk, for the model or for its state in {finished.resume_folder()}"
        remedy = "make room, then run again: the training goes on from the last state that was written"
        raise InputError("artifact-full", what, where=str(model), remedy=remedy) from error


def _take_over(trained: finished.Finished, run: Run, params: Training, inputs: Inputs, paths: Paths) -> None:
    finished.copy(trained, paths.model)
    with history.live(paths.live) as live:
        history.replay(live, history.read(paths.model))
    write_shots(inputs, paths.model)
    result = trained.description["training"]
    architecture = params.architecture.model_dump()
    known = {"architecture": architecture, "training": about(run, params, inputs, result)}
    description.write(paths.model, trained.description | known)
    reached = "" if result["dev_f1"] is None else f", dev F1 {result['dev_f1']:.4f}"
    print(f"train: known, no epoch trained: weights of epoch {result['epoch']}{reached}", file=sys.stderr)
