"""The model of a run of this repository, with the stages that its preparation names."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path

from mmner.base import params, project
from mmner.base.dvc_files import cache_path, locked_deps
from mmner.base.errors import InputError
from mmner.base.paths import file_digest, read_text
from mmner.corpus.params import load as load_corpus
from mmner.model import description
from mmner.model.params import Architecture, Switches
from mmner.ner import tokenizers
from mmner.predict import engines
from mmner.predict.predictor import Predictor
from mmner.predict.recipe import Recipe, Variant, read_by_model
from mmner.rows import dvc_cache, parquet
from mmner.rows.contract import Backend
from mmner.rows.fingerprints import Fingerprints
from mmner.rows.inputs import COLUMNS, Inputs
from mmner.rows.none import NoneBackend
from mmner.rows.stages import DEFAULTS, PREPARED, STAGES
from mmner.rows.store import Store
from mmner.train.params import select

PARAMS = Path("params.yaml")
RUNS = Path("data/runs")
PREPARATIONS = Path("data/prepared")
CORPORA = Path("data/raw")
PROOFS = 3  # rows of train whose fingerprints are compared


def is_here() -> bool:
    """Whether this folder is the root of a repository of ours: its dvc.yaml has a stage for each of `preparations`."""
    try:
        return "${preparations}" in read_text(project.DVC)
    except (OSError, ValueError):
        return False


def runs() -> list[str]:
    """The runs of params.yaml and of experiments/; none where there is no params.yaml."""
    return project.load(PARAMS).names("runs") if PARAMS.is_file() else []


def run_at(place: str) -> str | None:
    """The run that `place` names: by its name, or by its folder below data/runs; None where it names none."""
    known = runs()
    path = Path(place)
    folder = path.parent if path.name == "model" else path
    if folder.parent == RUNS and folder.name in known:
        return folder.name
    return place if place in known else None


def recipe(run: str, chosen: Mapping[str, str]) -> tuple[Recipe, Path]:
    """(what a post goes through for `run`, its model's folder). chosen: stage -> variant, in place of the trained one.

    Errors: InputError of params.yaml; `unknown-stage`; `missing-model`.
    """
    content = project.load(PARAMS).of_run(run)
    spec, _ = select(content, run)
    preparation = params.entry(content, "preparations", spec.preparation)
    corpus = load_corpus(content, preparation["corpus"])
    if odd := [stage for stage in chosen if stage not in PREPARED]:
        raise InputError("unknown-stage", odd[0], remedy=f"one of {', '.join(PREPARED)}")
    if lacking := [stage for stage in PREPARED if stage not in preparation]:
        what, where = f"it names no variant of {', '.join(lacking)}", f"params.yaml: preparations.{spec.preparation}"
        remedy = f"add a line {lacking[0]}: none, or the variant that is meant"
        raise InputError("bad-params", what, where=where, remedy=remedy)
    names = {stage: chosen.get(stage, preparation[stage]) for stage in PREPARED}
    variants = {stage: Variant(name=name, values=params.entry(content, stage, name)) for stage, name in names.items()}
    entry = params.entry(content, "corpora", preparation["corpus"])
    return Recipe(
        run=run,
        corpus=preparation["corpus"],
        language=corpus.language,
        domain=corpus.domain,
        tokenizer=corpus.tokenizer or tokenizers.default(corpus.language),
        max_pixels=corpus.max_pixels,
        settings={name: entry.get(name, default) for name, default in DEFAULTS.items()},
        variants=variants,
        region_threshold=_region_threshold(run),
    ), RUNS / run / "model"


def _region_threshold(run: str) -> float | None:
    """What the evaluation of `run` chose on dev; None where it was not scored, or by an older version."""
    try:
        return float(json.loads((RUNS / run / "grounding.json").read_text(encoding="utf-8"))["threshold"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def load(run: str, chosen: Mapping[str, str], without: Iterable[str], store: Store) -> Predictor:
    """The predictor of `run`. chosen, without: see `mmner.load`.

    Errors: InputError `stale-preparation`, `stale-model` where what stages would compute is not what the model learnt
    from; those of `recipe`, `engines.build` and artifacts.
    """
    whole, model = recipe(run, chosen)
    backends = learnt(run, whole, model, chosen, without, store)
    return Predictor(model, whole, backends, store, without)


def learnt(
    run: str, whole: Recipe, model: Path, chosen: Mapping[str, str], without: Iterable[str], store: Store
) -> dict[str, Backend]:
    """The backends that the model of `run` needs, proven to be those of its training, but for `chosen` ones."""
    about = description.read(model)
    wanted = read_by_model(
        Switches.model_validate(about["switches"]), Architecture.model_validate(about["architecture"])
    )
    everything = project.load(PARAMS)
    content = everything.of_run(run)
    lock = everything.place("runs", run).lock
    prepared = PREPARATIONS / select(content, run)[0].preparation
    raw = CORPORA / whole.corpus
    backends = engines.build(whole, wanted, frozenset(without), raw, store)
    for stage, backend in backends.items():
        if isinstance(backend, NoneBackend):
            continue
        if stage not in chosen:
            _same_file(run, stage, prepared, lock)
            dvc_cache.import_rows(store, stage, prepared / f"{stage}.parquet")
        items = _items(stage, backend, prepared, raw, whole)
        if stage not in chosen:
            _same_rows(run, stage, backend, items, prepared)
    return backends


def _items(stage: str, backend: Backend, prepared: Path, raw: Path, whole: Recipe) -> list[dict]:
    """The first items of train, as the stage had them; of a backend that takes the corpus whole, all."""
    names = ("examples", *STAGES[stage].artifacts)
    files = {name: prepared / f"{name}.parquet" for name in names}
    settings = {name: whole.settings[name] for name in STAGES[stage].settings}
    if backend.whole:
        return [*backend.prepare([*Inputs(STAGES[stage], backend, files, settings, raw)])]
    if not backend.answers_new:
        return []
    first = {
        name: [*islice(parquet.stream(file, name, ["id", *COLUMNS[1:]] if name == "examples" else None), PROOFS)]
        for name, file in files.items()
        if name != "gold"
    }
    return [*Inputs(STAGES[stage], backend, first, settings, raw)]


def _same_rows(run: str, stage: str, backend: Backend, items: list[dict], prepared: Path) -> None:
    """Errors: InputError `stale-preparation` where rows of train have other fingerprints than `backend` gives them."""
    file = dvc_cache.provenance_path(prepared / f"{stage}.parquet")
    known = {row["id"]: row["fingerprint"] for row in islice(parquet.stream(file, "rows"), PROOFS)}
    fingerprint = Fingerprints(stage, backend)
    for item in items[: len(known)]:
        if item["id"] in known and fingerprint(item) != known[item["id"]]:
            what = (
                f"stage {stage} would answer {item['id']} otherwise than when the model learnt: a variant has changed"
            )
            raise InputError("stale-preparation", what, where=str(file), remedy=project.repro("train", run))


def _same_file(run: str, stage: str, prepared: Path, lock: Path) -> None:
    """Errors: InputError `stale-model` where the artifact is not the one that the model was trained on."""
    file = prepared / f"{stage}.parquet"
    locked = _trained_on(run, file, lock)
    if locked is None or not file.is_file():
        return
    if file_digest(file, "md5") != locked:
        what = f"{stage} was made anew after the model was trained on it"
        raise InputError("stale-model", what, where=str(file), remedy=project.repro("train", run))


def _trained_on(run: str, file: Path, lock: Path) -> str | None:
    """The md5 of artifact `file` when `run` was trained: an experiment's run depends on its folder as a whole."""
    deps = locked_deps(f"train@{run}", lock)
    if (whole := deps.get(file.parent.as_posix())) is None or not cache_path(whole).is_file():
        return deps.get(file.as_posix())
    listed = json.loads(cache_path(whole).read_text(encoding="utf-8"))
    return next((entry["md5"] for entry in listed if entry["relpath"] == file.name), None)
