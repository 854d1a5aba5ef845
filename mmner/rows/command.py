"""The command line that all row-wise stages share: arguments -> the stage's artifact."""

from __future__ import annotations

import argparse
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmner.rows.stages import DEFAULTS, STAGES, Stage

if TYPE_CHECKING:
    from mmner.rows.contract import Backend
    from mmner.rows.inputs import Artifact
    from mmner.rows.report import Report


def arguments(stage: Stage, description: str) -> argparse.ArgumentParser:
    """What a stage's script takes: its variant, the corpus where it reads settings of it, and every file by name."""
    parser = argparse.ArgumentParser(description=description)
    if stage.settings:
        parser.add_argument("--corpus", required=True, help="entry of params.yaml's section corpora")
    parser.add_argument("--params", default="params.yaml", help="where the entries stand (%(default)s)")
    parser.add_argument("--variant", required=True, help=f"entry of params.yaml's section {stage.section}")
    parser.add_argument("--raw", required=True, help="the corpus's folder: its images, and files that somebody made")
    for name in ("examples", *stage.artifacts):
        parser.add_argument(f"--{name}", required=True, help="Parquet file to read")
    parser.add_argument("--out", required=True, help="Parquet file to write")
    parser.add_argument(
        "--workers",
        type=int,
        metavar="N",
        help="processes that compute rows (default: $MMNER_WORKERS, mmner.local.yaml, or 1)",
    )
    parser.add_argument(
        "--ray",
        metavar="ADDRESS",
        help="a Ray cluster whose machines compute rows (default: $MMNER_RAY, mmner.local.yaml, or none)",
    )
    return parser


def main(name: str, description: str) -> None:
    """Make the artifact of stage `name` as the command line says. Errors: those of `build_backend` and `write`."""
    stage = STAGES[name]
    args = vars(arguments(stage, description).parse_args())

    from mmner.base import params

    content = params.load(args["params"])
    settings = corpus_settings(stage, params.entry(content, "corpora", args["corpus"])) if stage.settings else {}
    variant = params.entry(content, stage.section, args["variant"])
    artifacts = {artifact: args[artifact] for artifact in ("examples", *stage.artifacts)}
    computers = {"workers": args["workers"], "ray": args["ray"]}
    run(stage, args["variant"], variant, artifacts, args["out"], settings, args["raw"], **computers)


def corpus_settings(stage: Stage, corpus: Mapping[str, Any]) -> dict[str, Any]:
    """Those of an entry of params.yaml's section corpora that `stage` reads; stage `examples` has validated them."""
    return {name: corpus.get(name, DEFAULTS[name]) for name in stage.settings}


def run(
    stage: Stage,
    name: str,
    variant: Mapping[str, Any],
    artifacts: Mapping[str, Artifact],
    out: str | Path,
    settings: Mapping[str, Any],
    folder: str | Path,
    *,
    splits: Collection[str] | None = None,
    workers: int | None = None,
    ray: str | None = None,
) -> tuple[Backend, Report]:
    """Compute the artifact of `stage` from `artifacts` and write it to `out`: files in, a file out.

    name, variant: the entry of params.yaml and its content. settings, folder: of the corpus. splits: those whose rows
    the artifact of a backend has that wants the corpus `whole`; None: all.
    workers, ray: who computes, as in `executors.choose`. Goes on under the interpreter that the backend asks for.
    Errors: those of `build_backend`, `executors.choose` and `compute.write`.
    """
    from mmner.base import interpreter
    from mmner.rows import compute, executors
    from mmner.rows.inputs import Inputs
    from mmner.rows.store import Store

    store = Store()
    backend = build_backend(stage, name, variant, folder, store)
    interpreter.enter(backend.environment, type(backend).__name__)
    items = Inputs(stage, backend, artifacts, settings, folder)
    if backend.whole:
        items = backend.prepare(list(items))
        items = [item for item in items if splits is None or item["split"] in splits]
    max_failed = settings.get("max_failed", DEFAULTS["max_failed"])
    with executors.choose(backend, workers, ray) as executor:
        options = {"max_failed": max_failed, "store": store, "executor": executor}
        return backend, compute.write(stage.name, out, items, backend, stage.empty, **options)


def build_backend(stage: Stage, name: str, variant: Mapping[str, Any], folder: str | Path, memo=None) -> Backend:
    """The backend that entry `name` of the stage's section asks for; `file`, `files` of a variant count from `folder`.

    memo: what it may remember, see contract.Memo. Errors: those of `params.backend`.
    """
    from mmner.base import params

    return params.backend(stage.section, name, resolve_file(variant, folder), stage.backends, memo)


def resolve_file(variant: Mapping[str, Any], folder: str | Path) -> dict[str, Any]:
    """A variant with its `file`, or its `files`, where it has some, counted from the corpus's folder.

    Errors: InputError `outside-corpus` where one leads out of that folder.
    """
    from mmner.base import params
    from mmner.base.errors import InputError

    def inside(file: str) -> str:
        try:
            return str(Path(folder) / params.inside(file))
        except ValueError as error:
            remedy = "copy it, and name that"
            raise InputError("outside-corpus", str(error), where="params.yaml", remedy=remedy) from error

    found, files = dict(variant), variant.get("files")
    if isinstance(variant.get("file"), str):
        found["file"] = inside(variant["file"])
    if isinstance(files, dict):
        found["files"] = {key: inside(file) if isinstance(file, str) else file for key, file in files.items()}
    return found
