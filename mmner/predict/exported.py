"""An exported model: a folder with all that another machine needs, without the repository.

model.safetensors, model.json, encoder/    the model, as a run's folder has it
pipeline.json                              what a post goes through, and what proves that it is the same here
tagger.safetensors, files/                 small weights and files of its stages
README.md                                  the model card
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pydantic

from mmner.base import params, paths
from mmner.base.errors import InputError
from mmner.base.params import Params
from mmner.model import description
from mmner.model.params import Architecture, Switches
from mmner.networks.encoders import EMBEDDED
from mmner.predict import engines
from mmner.predict.predictor import Predictor
from mmner.predict.recipe import Recipe, Variant, read_by_model
from mmner.rows.contract import Backend
from mmner.rows.store import Store

REMEDY = "export the run again, or copy the whole folder again"
FILE = "pipeline.json"
VERSION = 1
WEIGHTS = ("weights", "encoder")  # keys of variants that may lead to a pickle
SOURCES = ("*.json", "*.txt", "*.safetensors", "*.model", "*.md", "files/**", "encoder/**", "vision/**")  # no pickles


class NamedFile(Params):
    """A file or folder that the value `key` of a stage's variant names. path: in the export; None: it is not in it."""

    stage: str
    key: str
    path: str | None
    name: str
    digest: str
    bytes: int

    @property
    def id(self) -> str:
        return f"{self.stage}.{self.key}"


class Pipeline(Params):
    """The content of `pipeline.json`. identities: of each backend that answers new posts, as it was; saved: what
    backends saved of themselves; both by stage.
    """

    version: int
    mmner: str
    recipe: Recipe
    identities: dict[str, Any]
    saved: dict[str, Any]
    files: list[NamedFile]


def is_one(folder: Path) -> bool:
    return (folder / FILE).is_file()


def read(folder: Path) -> Pipeline:
    """The pipeline of the export in `folder`. Errors: InputError `broken-export`, `export-version`."""
    try:
        content = json.loads(paths.read_text(folder / FILE))
        version = content["version"]
        if version != VERSION:
            what = f"written in version {version} of the format, this is {VERSION}"
            raise InputError(
                "export-version", what, where=str(folder / FILE), remedy="update mmner, or export it again"
            )
        return Pipeline.model_validate(content)
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        what = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
        raise InputError("broken-export", what, where=str(folder / FILE), remedy=REMEDY) from error
    except (OSError, ValueError, TypeError, KeyError) as error:
        what = f"{type(error).__name__}: {error}"
        raise InputError("broken-export", what, where=str(folder / FILE), remedy=REMEDY) from error


def load(
    folder: Path,
    chosen: Mapping[str, str],
    without: Iterable[str],
    store: Store,
    files: Mapping[str, str],
    servers: Iterable[str] = (),
) -> Predictor:
    """The predictor of the export in `folder`. chosen, without, files, servers: see `mmner.load`.

    Errors: InputError `missing-file` where a file lies elsewhere, `asks-server` where a stage would send posts to a
    server that is not among `servers`, `unpickles` where it would read a pickle that is not among `files`,
    `other-engine` where it would answer otherwise than in training; those of `read`, `engines.build` and the model.
    """
    pipeline = read(folder)
    left_out = frozenset(without)
    recipe = pipeline.recipe.model_copy(update={"variants": _variants(pipeline, folder, chosen, left_out, files)})
    with of_export(folder):
        about = description.read(folder)
    switches = Switches.model_validate(about["switches"])
    wanted = read_by_model(switches, Architecture.model_validate(about["architecture"]))
    backends = engines.build(recipe, wanted, left_out, folder, store)
    _check_servers({stage: backend for stage, backend in backends.items() if stage not in chosen}, {*servers}, folder)
    for stage, backend in backends.items():
        if stage in chosen or not backend.answers_new:
            continue
        backend.restore(folder, pipeline.saved.get(stage, {}))
        if engines.lacking(backend) is None:
            _prove(stage, backend, pipeline, folder)
    with of_export(folder):
        return Predictor(folder, recipe, backends, store, left_out)


@contextmanager
def of_export(folder: Path) -> Iterator[None]:
    """What is said of a model's folder said of an export: the remedies are for a run's."""
    try:
        yield
    except InputError as error:
        if error.name not in ("broken-model", "missing-model", "model-version"):
            raise
        raise InputError("broken-export", error.what, where=str(folder), remedy=REMEDY) from error


def download(name: str) -> Path:
    """The folder of the hub's cache with the export `name`, fetched if need be. Errors: InputError `no-weights`."""
    from huggingface_hub import snapshot_download

    from mmner.networks import weights

    remedy = "correct it, or export a run: python -m mmner export --run RUN --to FOLDER"
    with weights.loading(name, remedy):
        folder = Path(snapshot_download(name, allow_patterns=list(SOURCES)))
    if not is_one(folder):
        raise InputError("no-weights", f"no {FILE} in it: not a model that mmner exported", where=name, remedy=remedy)
    return folder


def _variants(
    pipeline: Pipeline, folder: Path, chosen: Mapping[str, str], without: frozenset[str], files: Mapping[str, str]
) -> dict[str, Variant]:
    known = {one.id for one in pipeline.files}
    if odd := [name for name in files if name not in known]:
        remedy = f"one of {', '.join(known)}" if known else "this export names no file"
        raise InputError("unknown-file", odd[0], where=str(folder), remedy=remedy)
    variants = dict(pipeline.recipe.variants)
    for one in pipeline.files:
        if one.stage in without or one.stage in chosen:
            continue
        place = files.get(one.id) or (one.path and str(folder / one.path))
        if place is None or not Path(place).exists():
            what = f"{one.name} ({one.bytes} bytes, {one.digest}) is not in the export" if not place else "no such file"
            remedy = f"say where it is: --file {one.id}=PATH, in Python files={{'{one.id}': PATH}}; or go on without: "
            raise InputError("missing-file", what, where=place or one.id, remedy=f"{remedy}--without {one.stage}")
        variant = variants[one.stage]
        variants[one.stage] = variant.model_copy(update={"values": variant.values | {one.key: place}})
    _check_pickles(pipeline, folder, {*chosen, *without}, files)
    content = params.load("params.yaml") if chosen and Path("params.yaml").is_file() else {}
    for stage, name in chosen.items():
        variants[stage] = Variant(name=name, values=params.entry(content, stage, name))
    return variants


def _check_pickles(pipeline: Pipeline, folder: Path, ours: set[str], files: Mapping[str, str]) -> None:
    """Errors: InputError `unpickles`. A pickle can run any code, and whoever made an export chose its own files.

    ours: stages whose variant is of this machine.
    """
    for stage, variant in pipeline.recipe.variants.items():
        if stage in ours or not variant.values.get("allow_pickle"):
            continue
        places = {key: place for key in WEIGHTS if (place := variant.values.get(key))}
        named = [one for one in pipeline.files if one.stage == stage and one.key in places]
        known = {one.key for one in named if one.id in files or _is_data(folder, one)}
        known |= {key for key, place in places.items() if str(place).startswith(EMBEDDED)}
        if places and known == set(places):
            continue
        what = f"stage {stage} may unpickle a file of this export, or of the hub, which can run any code"
        own = [f"give your own copy of {one.name}: --file {one.id}=PATH" for one in named]
        options = [*own, f"take an engine of yours, --with {stage}=VARIANT", f"go on without: --without {stage}"]
        raise InputError("unpickles", what, where=str(folder), remedy="; or ".join(options))


def _is_data(folder: Path, one: NamedFile) -> bool:
    """Whether what the export has of `one` can run no code."""
    from mmner.networks.checkpoints import EXECUTABLE_SUFFIXES

    path = folder / one.path if one.path else None
    if path is None or not path.exists():
        return False
    files = path.rglob("*") if path.is_dir() else [path]
    return not any(file.name.endswith(EXECUTABLE_SUFFIXES) for file in files)


def _check_servers(backends: Mapping[str, Backend], allowed: set[str], folder: Path) -> None:
    """Errors: InputError `asks-server`. Whoever made an export chose its servers, which get posts, and keys of ours."""
    asked = {url: stage for stage, backend in backends.items() for url in engines.servers(backend)}
    if unknown := {url: stage for url, stage in asked.items() if url not in allowed}:
        what = ", ".join(
            f"stage {stage} sends posts, and a key where it wants one, to {url}" for url, stage in unknown.items()
        )
        options = " ".join(f"--allow-server {url}" for url in unknown)
        without = " ".join(f"--without {stage}" for stage in dict.fromkeys(unknown.values()))
        remedy = f"if you trust it: {options}, in Python servers={[*unknown]}; or go on without: {without}"
        raise InputError("asks-server", what, where=str(folder), remedy=remedy)


def _prove(stage: str, backend: Backend, pipeline: Pipeline, folder: Path) -> None:
    """Errors: InputError `other-engine` where `backend` is not the one that the model's training had."""
    here, then = plain(backend.identity()), pipeline.identities.get(stage)
    if here != then:
        keys = [key for key in {**here, **(then or {})} if here.get(key) != (then or {}).get(key)]
        what = f"stage {stage} would answer otherwise than in training: {', '.join(keys)} differ"
        remedy = (
            f"use mmner {pipeline.mmner} and the files that {FILE} names, or name an engine: --with {stage}=VARIANT"
        )
        raise InputError("other-engine", what, where=str(folder), remedy=remedy)


def plain(identity: dict) -> dict:
    """`identity` as JSON gives it back."""
    return json.loads(json.dumps(identity, sort_keys=True, default=str))
