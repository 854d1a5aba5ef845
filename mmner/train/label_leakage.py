"""Which labels a run has seen: with shots, no others than theirs, on any way."""

from __future__ import annotations

from mmner.base.errors import InputError
from mmner.base.params import entry
from mmner.ner.fewshot import Shots
from mmner.train.params import Run, Training

ALL = "all"


def check(run: Run, params: Training, all_params: dict) -> None:
    """That nothing chosen for `run` sees more labels of its corpus than its shots; what has none passes.

    all_params: params.yaml's content. Dev labels are labels. Candidates of a tagger must have learnt from the same
    shots, and with them what is made of candidates: knowledge, chains, and the images of a corpus that the stage
    images makes. Those of `none` have learnt nothing, and where those of `precomputed` come from is not known here.
    Errors: InputError `more-than-shots`.
    """
    if run.shots is None:
        return
    if params.choose != "last":
        message = f"train.{run.train} chooses weights by labels of dev, and the run has shots"
        raise InputError("more-than-shots", message, where="params.yaml", remedy="choose: last")
    _check_candidates(run.preparation, f"preparations.{run.preparation}", run.shots, all_params)
    for corpus in made(all_params, entry(all_params, "preparations", run.preparation).get("corpus")):
        searched = entry(all_params, "images", corpus).get("preparation")
        _check_candidates(searched, f"images.{corpus}", run.shots, all_params)


def _check_candidates(preparation: str, place: str, shots: Shots, all_params: dict) -> None:
    """Errors: InputError `more-than-shots` where a tagger of `preparation`, named in entry `where`, saw others."""
    variant = entry(all_params, "preparations", preparation)["candidates"]
    candidates = entry(all_params, "candidates", variant)
    mine = shots.model_dump()
    if candidates.get("backend") != "tagger" or candidates.get("shots") == mine:
        return
    prefix = "its images are found with candidates: " if place.startswith("images.") else ""
    message = f"{prefix}the tagger of candidates.{variant} learns from {_words(candidates.get('shots'))}, the run from "
    remedy = f"a preparation whose candidates say shots: {_words(mine)}, or candidates: none"
    raise InputError("more-than-shots", message + _words(mine), where=f"params.yaml: {place}", remedy=remedy)


def made(all_params: dict, corpus: str) -> list[str]:
    """`corpus` if the stage images makes it, then the one that it is made of if that is made so too, and so on."""
    images, corpora = all_params.get("images") or {}, []
    while corpus in images and corpus not in corpora:
        corpora.append(corpus)
        corpus = entry(all_params, "images", corpus).get("corpus")
    return corpora


def source(all_params: dict, corpus: str) -> str:
    """The corpus whose labels `corpus` has: itself, unless the stage images makes it of another one."""
    corpora = made(all_params, corpus)
    return entry(all_params, "images", corpora[-1]).get("corpus") if corpora else corpus


def labels_seen(corpus: str, shots: Shots | None, parent: dict | None) -> dict:
    """What a model has learnt from, by corpus (its `source`): "all", or shots.

    parent: model.json of the run that it starts from.
    Errors: InputError `more-than-shots` where that run saw labels of `corpus` that `shots` lack.
    """
    mine = ALL if shots is None else shots.model_dump()
    if parent is None:
        return {corpus: mine}
    before = parent["training"].get("taught")
    if shots is not None and (before is None or before.get(corpus, mine) != mine):
        known = "does not say what it learnt from" if before is None else f"learnt from {_words(before[corpus])} of it"
        message = f"the run has shots of {corpus}, and the run that it starts from {known}"
        raise InputError("more-than-shots", message, remedy="start from a run on another corpus, or from scratch")
    return {**(before or {}), corpus: mine}


def _words(shots: dict | str | None) -> str:
    if not isinstance(shots, dict):
        return "the whole train split"
    return "{" + ", ".join(f"{key}: {value}" for key, value in shots.items()) + "}"
