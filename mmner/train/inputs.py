"""What a training reads, and what is written down about it. Nothing here knows torch."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from mmner.base.errors import InputError
from mmner.model.params import Architecture
from mmner.ner import fewshot
from mmner.rows.contract import Memo
from mmner.train import data as rows
from mmner.train import digests, finished, origin
from mmner.train.key import training_key
from mmner.train.params import Run, Training


@dataclass(frozen=True)
class Paths:
    """Folders. prepared: the preparation's. images: the corpus's, for a vision tower; None where it has none.

    parent: the model that the run starts from; not read where it starts from scratch. model, live: written. locked: as
    a dvc.lock names the model's folder; None: it is `model`.
    """

    prepared: Path
    images: Path | None
    parent: Path
    model: Path
    live: Path
    locked: Path | None = None


@dataclass(frozen=True)
class Inputs:
    """What a training reads. chosen: indices of the examples to learn from, by split; dev has none with shots.

    about_shots: what is kept about the shots, None without. origin: whose weights it starts with.
    """

    data: rows.Rows
    chosen: dict[str, list[int]]
    about_shots: dict | None
    origin: dict
    key: str


def read(
    run: Run, params: Training, corpus: str, paths: Paths, *, fetch: bool = True, memo: Memo | None = None
) -> Inputs:
    """What `run`, on a preparation of `corpus` or of one made of it, is trained on, and its key.

    fetch, memo: as in `digests.read`.
    Errors: InputError `no-boxes`; `no-features`, `no-images` where the run uses visual features and
    no example has any; `missing-model`, `more-than-shots`, `no-mention`; those of artifacts and weights.
    """
    switches, architecture = run.switches, params.architecture
    data = rows.read(paths.prepared, switches, architecture.vision, paths.images)
    if switches.visual and not any(item.present for item in data.visual):
        _nothing_to_see(architecture, paths.prepared, paths.images)
    if switches.grounding and not any(row["boxes"] for row in data.rows if row["split"] == "train"):
        what = "the run learns grounding, and no entity of train has a box"
        remedy = "name boxes in the corpus's entry of params.yaml, or switch grounding off in the run"
        raise InputError("no-boxes", what, where=f"{paths.prepared}/boxes.parquet", remedy=remedy)
    whence = origin.read(run, corpus, paths.parent, memo)
    chosen, about_shots = _learnt(data, run, params)
    starts_with = digests.read(run, params, paths.parent, fetch=fetch, memo=memo)
    return Inputs(data, chosen, about_shots, whence, training_key(run, params, data, chosen, starts_with))


def about(run: Run, params: Training, inputs: Inputs, result: dict) -> dict:
    """What model.json says of a training. result: dev_f1, epoch, unknown_tokens."""
    return {
        "run": run.model_dump(by_alias=True),
        "training": params.model_dump(by_alias=True),
        **inputs.origin,
        **{name: result[name] for name in ("dev_f1", "epoch", "unknown_tokens")},
        "key": inputs.key,
    }


def write_shots(inputs: Inputs, model: Path) -> None:
    """Write which posts the shots are to folder `model`; nothing without shots."""
    if inputs.about_shots is not None:
        (model / finished.SHOTS).write_text(json.dumps(inputs.about_shots, indent=2) + "\n", encoding="utf-8")


def _learnt(data: rows.Rows, run: Run, params: Training) -> tuple[dict[str, list[int]], dict | None]:
    """Indices of the examples to learn from, by split, and what is kept about the shots.

    With shots dev is not among them: its labels are more than the shots. Nor is it where there is none, and weights
    are not chosen by it.
    """
    train = data.of("train")
    if run.shots is None:
        dev = data.of("dev") if params.choose == "dev" or data.has("dev") else None
        return {"train": train} | ({"dev": dev} if dev else {}), None
    drawn = [train[shot] for shot in fewshot.draw([data.rows[number]["tags"] for number in train], run.shots)]
    if not drawn:
        what = "no sentence of train mentions anything: there are no shots to draw"
        raise InputError("no-mention", what, remedy="learn from a corpus with entities in train, or without shots")
    ids, tags = zip(*((data.rows[number]["id"], data.rows[number]["tags"]) for number in drawn), strict=True)
    return {"train": drawn}, fewshot.report(ids, tags, data.labels, run.shots)


def _nothing_to_see(architecture: Architecture, prepared: Path, images: Path | None) -> NoReturn:
    if architecture.vision is None:
        name, problem, place = "no-features", "no example has any", f"{prepared}/features.parquet"
    else:
        name, problem, place = "no-images", "no example has an image that is there", str(images)
    raise InputError(
        name,
        f"the run uses visual features, and {problem}",
        where=place,
        remedy="switch global, regions, patches and vae off in the run, or choose another preparation",
    )
