"""One run from artifacts to a model on disk."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import torch

from mmner.base.errors import InputError
from mmner.model import files, readers
from mmner.model.fused import FusedModel
from mmner.model.params import WORDS, Architecture
from mmner.ner import fewshot
from mmner.ner.fewshot import Shots
from mmner.networks.towers import Tower
from mmner.networks.windows import TextEncoding
from mmner.rows import store
from mmner.train import data as rows
from mmner.train import parent
from mmner.train.loop import Progress, Trainer, run_key, seed_all
from mmner.train.params import Run, Training

MANY_UNKNOWN = 0.1  # share of tokens; above it the vocabulary does not fit the language


def warn_unknown(encoding: TextEncoding, sentences: list[list[str]], encoder: str) -> float:
    """Say loudly when the encoder's vocabulary does not know the corpus's language; returns the share, 0..1.

    A vocabulary that is learnt here knows it, and lacks many words.
    """
    share = encoding.unknown_share(sentences)
    if share > MANY_UNKNOWN and encoder != WORDS:
        print(
            f"WARNING: {share:.0%} of the tokens are unknown to the vocabulary of {encoder}: the model can't tell them "
            "apart.\n  remedy: set the encoder in train.<variant>.architecture to one for this language "
            "(for Chinese: hfl/chinese-roberta-wwm-ext, say)",
            file=sys.stderr,
        )
    return share


@dataclass(frozen=True)
class Places:
    """Folders. prepared: the preparation's. images: the corpus's, for a vision tower; None where it has none.

    parent: the model that the run starts from; not read where it starts from scratch. model, live: written.
    """

    prepared: Path
    images: Path | None
    parent: Path
    model: Path
    live: Path


def train(run: Run, params: Training, corpus: str, places: Places) -> Progress:
    """Train `run`, on a preparation of `corpus` or of one made of it, and write its model.

    Errors: InputError `no-features`, `no-images` where the run uses visual features and no example has any;
    those of `mmner.train.parent`; `more-than-shots`.
    """
    from dvclive import Live

    seed_all(run.seed)
    switches, sizes = run.switches, params.architecture
    found = rows.read(places.prepared, switches, sizes.vision, places.images)
    if switches.visual and not any(item.present for item in found.visual):
        _nothing_to_see(sizes, places.prepared, places.images)
    origin = parent.read(run, corpus, places.parent)
    numbers, about_shots = _learnt(found, run.shots)
    network, tokenizer = readers.fresh(sizes, [found.rows[number]["tokens"] for number in numbers["train"]])
    encoding = readers.encoding(sizes, network, tokenizer)
    unknown = warn_unknown(encoding, [row["tokens"] for row in found.rows], sizes.encoder)
    chosen = {split: rows.encode(found, part, encoding, switches) for split, part in numbers.items()}
    tower = Tower.load(sizes.vision) if sizes.vision and switches.visual else None
    width = found.visual_width if tower is None else tower.width
    model = FusedModel(network, found.labels, width, sizes, switches, tower)
    identity = {split: [(example.id, example.text, example.tags) for example in part] for split, part in chosen.items()}
    if "parent" in origin:
        print(f"train: {parent.carry(model, tokenizer, run.from_, places.parent)}", file=sys.stderr)
    key = run_key(run.model_dump(), params.model_dump(), identity, _digest(found), *origin.get("parent", {}).values())
    resume = store.folder() / "resume" / f"{key}.pt"
    live = Live(str(places.live), dvcyaml=None, save_dvc_exp=False, report=None, resume=False)
    trainer = Trainer(model, params, run.seed, tokenizer.pad_token_id, resume, live)
    windows = sum(len(example.text.windows) > 1 for example in chosen["train"])
    print(
        f"train: {len(chosen['train'])} examples ({windows} in several windows), {len(chosen.get('dev', ()))} dev, "
        f"{sum(weight.numel() for weight in model.parameters()) / 1e6:.1f} M parameters on {trainer.device}",
        file=sys.stderr,
    )
    progress = trainer.fit(chosen["train"], chosen.get("dev", ()))
    live.end()
    about = {
        "run": run.model_dump(by_alias=True),
        "training": params.model_dump(by_alias=True),
        **origin,
        "dev_f1": round(progress.best_f1, 4) if progress.best_f1 >= 0 else None,
        "epoch": progress.best_epoch,
        "unknown_tokens": round(unknown, 4),
    }
    files.save(places.model, trainer.model, tokenizer, about)
    if about_shots is not None:
        (places.model / "shots.json").write_text(json.dumps(about_shots, indent=2) + "\n", encoding="utf-8")
    resume.unlink(missing_ok=True)
    kept = f"weights of epoch {progress.best_epoch} of {progress.epoch}"
    if progress.best_f1 >= 0:
        kept = f"dev F1 {progress.best_f1:.4f} after epoch {progress.best_epoch} of {progress.epoch}"
    print(f"train: {kept}, {progress.seconds:.1f} s", file=sys.stderr)
    return progress


def _learnt(found: rows.Rows, wanted: Shots | None) -> tuple[dict[str, list[int]], dict | None]:
    """Indices of the examples to learn from, by split, and what is kept about the shots.

    With shots dev is not among them: its labels are more than the shots.
    """
    train = found.of("train")
    if wanted is None:
        return {"train": train, "dev": found.of("dev")}, None
    drawn = [train[shot] for shot in fewshot.draw([found.rows[number]["tags"] for number in train], wanted)]
    if not drawn:
        raise InputError("no-mention", "no sentence of train mentions anything: there are no shots to draw")
    ids, tags = zip(*((found.rows[number]["id"], found.rows[number]["tags"]) for number in drawn), strict=True)
    about = fewshot.report(ids, tags, found.labels, wanted)
    print(f"train: {fewshot.line(about, len(train))}", file=sys.stderr)
    return {"train": drawn}, about


def _nothing_to_see(sizes: Architecture, prepared: Path, images: Path | None) -> NoReturn:
    if sizes.vision is None:
        name, what, where = "no-features", "no example has any", f"{prepared}/features.parquet"
    else:
        name, what, where = "no-images", "no example has an image that is there", str(images)
    raise InputError(
        name,
        f"the run uses visual features, and {what}",
        where=where,
        remedy="switch global, regions, patches and vae off in the run, or choose another preparation",
    )


def _digest(found: rows.Rows) -> str:
    """What the model sees, cheaply."""
    return run_key([item.content() for item in found.visual], torch.__version__)
