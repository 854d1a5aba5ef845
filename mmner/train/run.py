"""One run from artifacts to a model on disk."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

import torch

from mmner import encoders, store
from mmner.errors import InputError
from mmner.model import files
from mmner.model.fused import FusedModel
from mmner.model.params import Architecture
from mmner.model.text import TextEncoding
from mmner.towers import Tower
from mmner.train import data as rows
from mmner.train import parent
from mmner.train.loop import Progress, Trainer, run_key, seed_all
from mmner.train.params import SCRATCH, Run, Training

MANY_UNKNOWN = 0.1  # share of tokens; above it the vocabulary does not fit the language


def warn_unknown(encoding: TextEncoding, sentences: list[list[str]], encoder: str) -> float:
    """Say loudly when the encoder's vocabulary does not know the corpus's language; returns the share, 0..1."""
    share = encoding.unknown_share(sentences)
    if share > MANY_UNKNOWN:
        print(
            f"WARNING: {share:.0%} of the tokens are unknown to the vocabulary of {encoder}: the model can't tell them "
            "apart.\n  remedy: set the encoder in train.<variant>.architecture to one for this language "
            "(for Chinese: hfl/chinese-roberta-wwm-ext, say)",
            file=sys.stderr,
        )
    return share


def train(
    run: Run,
    params: Training,
    prepared: Path,
    images: Path | None,
    parent_folder: Path,
    model_folder: Path,
    live_folder: Path,
) -> Progress:
    """Train `run` on the preparation in `prepared`, write the model to `model_folder`.

    `images`: the corpus's image folder; read where a vision tower is trained. `parent_folder`: the model of the run
    that this one starts from; not read where it starts from scratch.
    Errors: InputError `no-features`, `no-images` where the run uses visual features and no example has any;
    those of `mmner.train.parent`.
    """
    from dvclive import Live

    seed_all(run.seed)
    switches, sizes = run.switches, params.architecture
    found = rows.read(prepared, switches, sizes.vision, images)
    if switches.visual and not any(item.present for item in found.visual):
        _nothing_to_see(sizes, prepared, images)
    tokenizer, network = encoders.tokenizer(sizes.encoder), encoders.network(sizes.encoder, sizes.attention_dropout)
    encoding = TextEncoding(tokenizer, encoders.max_length(network, tokenizer), sizes.lengths, sizes.overlap)
    unknown = warn_unknown(encoding, [row["tokens"] for row in found.rows], sizes.encoder)
    chosen = {split: rows.encode(found, found.of(split), encoding, switches) for split in ("train", "dev")}
    tower = Tower.load(sizes.vision) if sizes.vision and switches.visual else None
    width = found.visual_width if tower is None else tower.width
    model = FusedModel(network, found.labels, width, sizes, switches, tower)
    identity = {split: [(example.id, example.text, example.tags) for example in part] for split, part in chosen.items()}
    origin = {}
    if run.from_ != SCRATCH:
        origin = {"parent": parent.identity(run.from_, parent_folder)}
        print(f"train: {parent.carry(model, tokenizer, run.from_, parent_folder)}", file=sys.stderr)
    key = run_key(run.model_dump(), params.model_dump(), identity, _digest(found), *origin.values())
    resume = store.folder() / "resume" / f"{key}.pt"
    live = Live(str(live_folder), dvcyaml=None, save_dvc_exp=False, report=None, resume=False)
    trainer = Trainer(model, params, run.seed, tokenizer.pad_token_id, resume, live)
    windows = sum(len(example.text.windows) > 1 for example in chosen["train"])
    print(
        f"train: {len(chosen['train'])} examples ({windows} in several windows), {len(chosen['dev'])} dev, "
        f"{sum(weight.numel() for weight in model.parameters()) / 1e6:.1f} M parameters on {trainer.device}",
        file=sys.stderr,
    )
    progress = trainer.fit(chosen["train"], chosen["dev"])
    live.end()
    about = {
        "run": run.model_dump(by_alias=True),
        "training": params.model_dump(by_alias=True),
        **origin,
        "dev_f1": round(progress.best_f1, 4),
        "epoch": progress.best_epoch,
        "unknown_tokens": round(unknown, 4),
    }
    files.save(model_folder, trainer.model, tokenizer, about)
    resume.unlink(missing_ok=True)
    print(
        f"train: dev F1 {progress.best_f1:.4f} after epoch {progress.best_epoch} of {progress.epoch}, "
        f"{progress.seconds:.1f} s",
        file=sys.stderr,
    )
    return progress


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
