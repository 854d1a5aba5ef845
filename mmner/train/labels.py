"""Which labels a run has seen: with shots, no others than theirs, on any way."""

from __future__ import annotations

from mmner.errors import InputError
from mmner.params import entry
from mmner.shots import Shots
from mmner.train.params import Run, Training

ALL = "all"


def check(run: Run, params: Training, everything: dict) -> None:
    """That nothing chosen for `run` sees more labels of its corpus than its shots; what has none passes.

    everything: params.yaml's content. Dev labels are labels. Candidates of a tagger must have learnt from the same
    shots, and with them what is made of candidates, knowledge and chains; those of `none` have learnt nothing, and
    where those of `precomputed` come from is not known here.
    Errors: InputError `more-than-shots`.
    """
    if run.shots is None:
        return
    if params.choose != "last":
        what = f"train.{run.train} chooses weights by labels of dev, and the run has shots"
        raise InputError("more-than-shots", what, where="params.yaml", remedy="choose: last")
    variant = entry(everything, "preparations", run.preparation)["candidates"]
    candidates = entry(everything, "candidates", variant)
    if candidates.get("backend") != "tagger" or candidates.get("shots") == run.shots.model_dump():
        return
    what = f"the tagger of candidates.{variant} learns from {_words(candidates.get('shots'))}, the run from "
    what += _words(run.shots.model_dump())
    remedy = f"a preparation whose candidates say shots: {_words(run.shots.model_dump())}, or candidates: none"
    raise InputError("more-than-shots", what, where=f"params.yaml: preparations.{run.preparation}", remedy=remedy)


def taught(corpus: str, shots: Shots | None, parent: dict | None) -> dict:
    """What a model has learnt from, by corpus: "all", or shots. `parent`: model.json of the run that it starts from.

    Errors: InputError `more-than-shots` where that run saw labels of `corpus` that `shots` lack.
    """
    mine = ALL if shots is None else shots.model_dump()
    if parent is None:
        return {corpus: mine}
    before = parent["training"].get("taught")
    if shots is not None and (before is None or before.get(corpus, mine) != mine):
        known = "does not say what it learnt from" if before is None else f"learnt from {_words(before[corpus])} of it"
        what = f"the run has shots of {corpus}, and the run that it starts from {known}"
        raise InputError("more-than-shots", what, remedy="start from a run on another corpus, or from scratch")
    return {**(before or {}), corpus: mine}


def _words(shots: dict | str | None) -> str:
    if not isinstance(shots, dict):
        return "the whole train split"
    return "{" + ", ".join(f"{key}: {value}" for key, value in shots.items()) + "}"
