"""The training of a run: its network built, trained, and written to the model's folder."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch

from mmner.model import files, text_encoder
from mmner.model.fused import FusedModel
from mmner.model.params import WORDS
from mmner.model.squares import Squares
from mmner.networks.budget import cuts
from mmner.networks.towers import Tower
from mmner.networks.windows import Encoded, unknown_share
from mmner.rows.store import folder as store_folder
from mmner.train import data as rows
from mmner.train import finished, history, ranks, resume, warm_start
from mmner.train.evidence_dropout import EvidenceDropout
from mmner.train.inputs import about, write_shots
from mmner.train.loop import Trainer, seed_all
from mmner.train.params import Run, Training
from mmner.train.seen_words import Narrowed
from mmner.train.word_dropout import WordDropout

if TYPE_CHECKING:
    from mmner.train.inputs import Inputs, Paths

MOST_SQUARES = 20 * 10**9  # bytes of decoded images that are kept beside the store
MANY_UNKNOWN = 0.1  # share of tokens; above it the vocabulary does not fit the language


def fit(run: Run, params: Training, inputs: Inputs, paths: Paths, state: str | None = None) -> str:
    """Train `run` and write its model; returns the name of the file that keeps the training's state.

    Of several ranks, the first one writes. state: the file of a finished training of this key, perhaps by another run.

    Errors: InputError `other-encoder`, `other-visual-width`, `other-architecture`, `no-layers`, `not-finite`.
    """
    _warn_coupled_decay(params)
    seed_all(run.seed)
    data, chosen, architecture, switches = inputs.data, inputs.chosen, params.architecture, run.switches
    network, tokenizer = text_encoder.build(architecture, [data.rows[number]["tokens"] for number in chosen["train"]])
    encoding = text_encoder.encoding(architecture, network, tokenizer)
    examples = {split: rows.encode(data, numbers, encoding, switches) for split, numbers in chosen.items()}
    seen = [example for part in examples.values() for example in part]
    unknown = warn_unknown([example.text for example in seen], architecture.encoder)
    if lost := cuts(example.text for example in seen):
        print(f"train: extra text cut to train.{run.train}.architecture.lengths: {lost}", file=sys.stderr)
    tower = Tower.load(architecture.vision) if architecture.vision and switches.visual else None
    width = data.visual_width if tower is None else tower.width
    model = FusedModel(network, data.labels, width, architecture, switches, tower)
    if "parent" in inputs.origin:
        print(f"train: {warm_start.load_matching_weights(model, tokenizer, run.from_, paths.parent)}", file=sys.stderr)
    file = finished.resume_folder() / (state or f"{_state_key(run, params, inputs, examples)}.pt")
    live = history.live(paths.live) if ranks.number() == 0 else None
    word_dropout = WordDropout.of(params.word_dropout, architecture.encoder, tokenizer, encoding)
    evidence_dropout = None
    if params.evidence_dropout:
        bare = rows.without_evidence(examples["train"], data, chosen["train"], encoding, switches)
        evidence_dropout = EvidenceDropout(params.evidence_dropout, bare)
    squares = Squares(store_folder() / "squares", tower.side, MOST_SQUARES) if tower is not None else None
    weights = sum(weight.numel() for weight in model.parameters())
    narrowed = Narrowed.of(model, seen, [tokenizer.pad_token_id, word_dropout and word_dropout.piece], params)
    dropouts = {"word_dropout": word_dropout, "evidence_dropout": evidence_dropout}
    trainer = Trainer(
        model, params, run.seed, tokenizer.pad_token_id, file, live, **dropouts, squares=squares, narrowed=narrowed
    )
    windows = sum(len(example.text.windows) > 1 for example in examples["train"])
    print(
        f"train: {len(examples['train'])} examples ({windows} in several windows), {len(examples.get('dev', ()))} dev, "
        f"{weights / 1e6:.1f} M parameters on {trainer.device}",
        file=sys.stderr,
    )
    progress = trainer.fit(examples["train"], examples.get("dev", ()))
    if live is None:
        return file.name
    live.end()
    result = {
        "dev_f1": round(progress.best_f1, 4) if progress.best_f1 >= 0 else None,
        "epoch": progress.best_epoch,
        "unknown_tokens": round(unknown, 4),
    }
    files.save(paths.model, trainer.model, tokenizer, about(run, params, inputs, result))
    history.write(paths.model, progress.history)
    write_shots(inputs, paths.model)
    kept = f"weights of epoch {progress.best_epoch} of {progress.epoch}"
    if progress.best_f1 >= 0:
        kept = f"dev F1 {progress.best_f1:.4f} after epoch {progress.best_epoch} of {progress.epoch}"
    print(f"train: {kept}, {progress.seconds:.1f} s", file=sys.stderr)
    return file.name


def _warn_coupled_decay(params: Training) -> None:
    if params.optimizer == "adam" and params.weight_decay:
        print(
            f"WARNING: optimizer: adam takes weight_decay ({params.weight_decay:g}) as a part of the gradient: weights "
            "whose own gradient is small walk to zero, the encoder's first.\n  remedy: leave optimizer out (adamw, "
            "which is what BERT's paper calls Adam with weight decay), or set weight_decay: 0",
            file=sys.stderr,
        )


def warn_unknown(encoded: Sequence[Encoded], encoder: str) -> float:
    """Say loudly when the encoder's vocabulary does not know the corpus's language; returns the share, 0..1.

    A vocabulary that is learnt here knows it, and lacks many words.
    """
    share = unknown_share(encoded)
    if share > MANY_UNKNOWN and encoder != WORDS:
        print(
            f"WARNING: {share:.0%} of the tokens are unknown to the vocabulary of {encoder}: the model can't tell them "
            "apart.\n  remedy: set the encoder in train.<variant>.architecture to one for this language "
            "(for Chinese: hfl/chinese-roberta-wwm-ext, say)",
            file=sys.stderr,
        )
    return share


def _state_key(run: Run, params: Training, inputs: Inputs, examples: dict) -> str:
    """Names the file of a training's state: what is resumed has to be exact, so that all that was read is in it.

    The training's own key is, too: it has the encoder's weights, and it is what `finished.locked` locks.
    """
    texts = {split: [(example.id, example.text, example.tags) for example in part] for split, part in examples.items()}
    seen = resume.key([item.content() for item in inputs.data.visual], torch.__version__)
    parent = inputs.origin.get("parent", {}).values()
    return resume.key(run.model_dump(), params.model_dump(), texts, seen, *parent, inputs.key)
