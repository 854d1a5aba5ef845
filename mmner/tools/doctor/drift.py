"""What has changed though no stage will run for it: DVC watches the deps of dvc.yaml, and no other file.

Reads: artifacts and their `.rows.parquet`, the ledger, DVC's status, and what variants name and DVC does not watch:
folders of weights, archives, and precomputed files behind a folder that is a link. Writes: digests of these files into
the row store.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mmner.base import params, requirements
from mmner.base.project import Project
from mmner.rows import command, ledger, parquet
from mmner.rows.fingerprints import fingerprint
from mmner.rows.inputs import Inputs
from mmner.rows.stages import PREPARED, STAGES, Stage
from mmner.rows.store import Store
from mmner.tools.costs import graph
from mmner.tools.doctor.findings import Finding

RAW, ARTIFACTS = Path("data/raw"), Path("data/prepared")


def examine(
    store: Store, project: Project, preparations: list[str] | None = None, raw: Path = RAW, prepared: Path = ARTIFACTS
) -> Iterator[tuple[str, Finding]]:
    """(stage, warning) for each stage of `preparations` (None: all) whose artifact is not what it would be made of now.

    A stage that DVC would run anyway is left out, and so is a preparation of which the ledger
    has no whole run in `prepared`: how its artifacts were made is not known. What can't be compared is a warning, too.
    """
    try:
        made = {Path(run.out) for run in ledger.runs(store, prepared) if run.end == ledger.WHOLE}
        warnings: dict[str, Finding] = {}
        for name in project.names("preparations") if preparations is None else preparations:
            folder = prepared / name
            if any(out.parent == folder.resolve() for out in made):
                warnings |= _preparation(store, project, name, raw, folder, made)
        pending = graph.changed_addresses(list(warnings))
    except Exception as error:  # whatever it is, the doctor's other checks go on
        yield "artifacts", _not_compared(error)
        return
    yield from ((address, warning) for address, warning in warnings.items() if address not in pending)


def _preparation(
    store: Store, project: Project, name: str, raw: Path, folder: Path, made: set[Path]
) -> dict[str, Finding]:
    """The warnings about the artifacts in `folder`, by stage. `made`: artifacts of which the ledger has a whole run."""
    warnings, content, place = {}, project.of_preparation(name), project.place("preparations", name)
    for stage in PREPARED:
        address, artifact = place.address(stage, name), folder / f"{stage}.parquet"
        if not artifact.is_file() or folder.resolve() / artifact.name not in made:
            continue
        try:
            chosen = params.entry(content, "preparations", name)
            corpus = raw / chosen["corpus"]
            settings = params.entry(content, "corpora", chosen["corpus"])
            variant = params.entry(content, stage, chosen[stage])
            message = _changed_backend(store, STAGES[stage], chosen[stage], variant, folder, corpus, settings)
        except Exception as error:  # the other stages are compared all the same
            warnings[address] = _not_compared(error)
            continue
        if message:
            warnings[address] = Finding("warn", message, f"dvc repro --force --single-item {address}")
    return warnings


def _changed_backend(
    store: Store, stage: Stage, name: str, variant: dict, folder: Path, corpus: Path, settings: dict[str, Any]
) -> str | None:
    """What is wrong if the backend of `variant` has another identity than when the artifact in `folder` was made.

    The fingerprint of the first row tells, since it holds the identity. None, too, where all that the backend reads
    lies in the folder `corpus`, which DVC watches. Errors: InputError of the backend, and of reading artifacts.
    """
    kind, chosen = params.variant(stage.name, name, command.resolve_file(variant, corpus), stage.backends)
    unwatched = [text for path, text in _replaceable(chosen.requirements()) if not _within(path, corpus)]
    rows = parquet.stream(folder / f"{stage.name}.rows.parquet", "rows", ["fingerprint"])
    if not unwatched or (row := next(iter(rows), None)) is None:
        return None
    backend = kind(chosen, store)
    artifacts = {artifact: folder / f"{artifact}.parquet" for artifact in ("examples", *stage.artifacts)}
    items = Inputs(stage, backend, artifacts, command.corpus_settings(stage, settings), corpus)
    first = backend.prepare(list(items))[0] if backend.whole else next(iter(items))
    if fingerprint(stage.name, backend, first) == row["fingerprint"]:
        return None
    return f"{' or '.join(dict.fromkeys(unwatched))} is not what its rows were made of; DVC does not watch it"


def _replaceable(required: tuple[requirements.Requirement, ...]) -> Iterator[tuple[Path, str]]:
    """(path, its description) of those of `required` that are files or folders of the user's, or of the hub."""
    for requirement in required:
        match requirement:
            case requirements.Weights(place=place) if not place.startswith("embedded:"):
                yield Path(place), f"the weights folder {place}" if Path(place).is_dir() else f"the network {place}"
            case requirements.CheckpointFolder(path=path):
                yield Path(path), f"the weights folder {path}"
            case requirements.ZimFile(file=path):
                yield Path(path), f"the archive {path}"
            case requirements.PrecomputedFile(path=path):
                yield Path(path), f"the file {path}"


def _within(path: Path, folder: Path) -> bool:
    """Whether `path` is in `folder`, links followed: DVC does not follow those to folders."""
    return path.resolve().is_relative_to(folder.resolve())


def _not_compared(error: Exception) -> Finding:
    return Finding("warn", f"cannot be compared with what is there now: {str(error) or type(error).__name__}")
