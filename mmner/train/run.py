"""One run from artifacts to a model on disk: taken over where it was trained before, else trained.

What is imported here knows no torch: a run that is known is written in about a second.
"""

from __future__ import annotations

import sys

from mmner.model import description
from mmner.ner import fewshot
from mmner.rows.store import Store
from mmner.train import finished, history
from mmner.train.inputs import Inputs, Paths, about, read, write_shots
from mmner.train.params import Run, Training


def train(run: Run, params: Training, corpus: str, paths: Paths) -> None:
    """Write the model of `run`, and its history: copied where DVC's cache has them, else trained.

    Errors: InputError, see `read`; `other-encoder`, `other-visual-width`, `other-architecture`.
    """
    store = Store()
    inputs = read(run, params, corpus, paths, memo=store)
    if inputs.about_shots is not None:
        line = fewshot.line(inputs.about_shots, len(inputs.data.of("train")))
        print(f"train: {line}", file=sys.stderr)
    with finished.locked(inputs.key):
        finished.sweep(store)
        if trained := finished.find(store, inputs.key, paths.model):
            _take_over(trained, run, params, inputs, paths)
        else:
            from mmner.train import fit

            resume = fit.fit(run, params, inputs, paths)
            finished.remember(store, inputs.key, paths.model, resume)
    store.close()


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
