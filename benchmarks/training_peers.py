"""Training steps of our text models and of others' on the same encoder, the same sentences and the same batches.

A step is padding, forward, loss, backward, clipping and optimiser; counted are the process's CPU seconds, by turns.
"""

from __future__ import annotations

import importlib.util
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence

from benchmarks.figures import Figure, ratio
from benchmarks.pipeline import ROOT

RATES = {"lr_encoder": 1e-4, "lr_head": 1e-3, "precision": "float32"}
PLAIN = {"knowledge": "none", "caption": False, "caption_fusion": False, "chain": False}
PLAIN |= {"global": False, "regions": False, "vae": False}
ROUNDS = 5


def measure(run_name: str, batches: int, size: int = 16) -> list[Figure]:
    """Posts per CPU second of each, and ratios to a plain loop, on sentences of the run's preparation, without extra
    text. `batches` of `size` posts, in ROUNDS turns."""
    from mmner.base import params
    from mmner.model.params import Switches
    from mmner.ner import iob
    from mmner.networks import encoders
    from mmner.networks.budget import Lengths
    from mmner.networks.windows import TextEncoding
    from mmner.train import data
    from mmner.train.params import Run, Training

    content = params.load(ROOT / "params.yaml")
    run = params.build(Run, params.entry(content, "runs", run_name), f"runs.{run_name}")
    training = params.build(Training, params.entry(content, "train", run.train), f"train.{run.train}")
    encoder, switches = training.architecture.encoder, Switches(**PLAIN)
    prepared = data.read(ROOT / "data" / "prepared" / run.preparation, switches)
    tokenizer, network = encoders.tokenizer(encoder), encoders.network(encoder)
    encoding = TextEncoding(tokenizer, encoders.max_length(network, tokenizer), Lengths(), 64)
    examples = data.encode(prepared, prepared.of("train"), encoding, switches)
    chosen = [[examples[i] for i in part] for part in data.batches(examples, size, 1)]
    chosen = [chosen[number % len(chosen)] for number in range(batches)]
    tags, pad = iob.tags(prepared.labels), tokenizer.pad_token_id
    steps = {
        "a plain loop: encoder, dropout, linear layer, cross-entropy": plain(encoder, len(tags), pad),
        "encoder-CRF": ours(encoder, prepared.labels, examples, pad, False, False),
        "text model: eq. 1's self-attention, BiLSTM, CRF": ours(encoder, prepared.labels, examples, pad, True, True),
        "transformers' Trainer: encoder, linear layer, cross-entropy": trainer(encoder, len(tags), pad),
        "a multimodal peer, shaped as UMT: 49 visual tokens, made up": peer(encoder, len(tags), pad),
    }
    if importlib.util.find_spec("accelerate") is None:  # no dependency of ours
        what = (
            "peers: without transformers' Trainer, which needs the package accelerate (docs/benchmarks.md has the way)"
        )
        print(what, file=sys.stderr)
        steps = {name: step for name, step in steps.items() if "Trainer" not in name}
    for step in steps.values():
        step(chosen[:1])
    spent: dict[str, list[float]] = {name: [] for name in steps}
    share = -(-len(chosen) // ROUNDS)
    for at in range(0, len(chosen), share):
        for name, step in steps.items():
            spent[name].append(step(chosen[at : at + share]))
    counts = [sum(map(len, chosen[at : at + share])) for at in range(0, len(chosen), share)]
    note = f"{len(chosen)} batches of {size} sentences of {run.preparation}, one thread"
    first = next(iter(steps))
    goals = {"encoder-CRF": 1.0, "text model: eq. 1's self-attention, BiLSTM, CRF": 0.95}
    found = [
        Figure(name, statistics.median(map(lambda n, s: n / s, counts, times)), "posts/CPU s", note=note)
        for name, times in spent.items()
    ]
    ratios = [
        Figure(f"ratio to the plain loop: {name}", ratio(spent[first], times), "", goals.get(name), most=False)
        for name, times in spent.items()
        if name != first
    ]
    return found + ratios


def timed(step: Callable[[Sequence], object]) -> Callable[[Sequence[Sequence]], float]:
    """A function of batches that takes a `step` with each, and returns the CPU seconds of all."""

    def run(batches: Sequence[Sequence]) -> float:
        started = time.process_time()
        for batch in batches:
            step(batch)
        return time.process_time() - started

    return run


def ours(encoder: str, labels: Sequence[str], examples: Sequence, pad: int, self_attention: bool, bilstm: bool):
    from mmner.model.fused import FusedModel
    from mmner.model.params import Architecture, Switches
    from mmner.networks import encoders
    from mmner.train.loop import Trainer, seed_all
    from mmner.train.params import Training
    from mmner.train.seen_words import Narrowed

    seed_all(1)
    sizes = Architecture(encoder=encoder, self_attention=self_attention)
    model = FusedModel(encoders.network(encoder), labels, 1, sizes, Switches(**PLAIN, bilstm=bilstm)).train()
    training = Training(epochs=1, batch_size=1, architecture=sizes, **RATES)
    narrowed = Narrowed.of(model, examples, [pad], training)  # as a run does, for the train split
    made = Trainer(model, training, 1, pad, None, narrowed=narrowed)
    return timed(lambda batch: made.step([batch]))


def padded(batch: Sequence, pad: int):
    """(pieces, mask, places of first pieces, tags) of sentences in one window each; −100 where no tag is."""
    import torch

    rows = [example.text.windows[0].ids for example in batch]
    longest = max(map(len, rows))
    pieces = torch.tensor([ids + [pad] * (longest - len(ids)) for ids in rows])
    mask = torch.tensor([[1] * len(ids) + [0] * (longest - len(ids)) for ids in rows])
    tags = torch.full(pieces.shape, -100)
    for row, example in enumerate(batch):
        tags[row, [place for _, place in example.text.places]] = torch.tensor(example.tags)
    return pieces, mask, tags


def optimised(model, loss: Callable):
    """A step of `loss` with AdamW and clipping, as a plain loop has it."""
    import torch

    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, fused=True)

    def step(batch):
        loss(batch).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    return timed(step)


def plain(encoder: str, tags: int, pad: int):
    from torch import nn

    from mmner.networks import encoders

    network = encoders.network(encoder)
    model = nn.ModuleDict({"encoder": network, "emit": nn.Linear(network.config.hidden_size, tags)})
    dropout = nn.Dropout(0.1)

    def loss(batch):
        pieces, mask, gold = padded(batch, pad)
        hidden = dropout(network(input_ids=pieces, attention_mask=mask).last_hidden_state)
        return nn.functional.cross_entropy(model["emit"](hidden).flatten(0, 1), gold.flatten(), ignore_index=-100)

    return optimised(model, loss)


def trainer(encoder: str, tags: int, pad: int):
    """transformers' Trainer on its token classifier; its start and end are not counted, its steps are."""
    from transformers import AutoModelForTokenClassification, Trainer, TrainerCallback, TrainingArguments
    from transformers.utils import logging

    from mmner.networks import encoders

    logging.disable_progress_bar()
    model = AutoModelForTokenClassification.from_pretrained(encoders.locate(encoder), num_labels=tags)
    folder = tempfile.mkdtemp()

    class Clock(TrainerCallback):
        def on_epoch_begin(self, *_, **__):
            self.started = time.process_time()

        def on_step_end(self, *_, **__):
            self.ended = time.process_time()

    def run(batches: Sequence[Sequence]) -> float:
        def collate(rows):
            pieces, mask, gold = padded(rows[0], pad)
            return {"input_ids": pieces, "attention_mask": mask, "labels": gold}

        clock = Clock()
        args = TrainingArguments(
            folder, num_train_epochs=1, per_device_train_batch_size=1, report_to=[], save_strategy="no",
            logging_strategy="no", disable_tqdm=True, use_cpu=True, remove_unused_columns=False, learning_rate=1e-4,
        )  # fmt: skip
        Trainer(model, args, data_collator=collate, train_dataset=list(batches), callbacks=[clock]).train()
        return clock.ended - clock.started

    return run


def peer(encoder: str, tags: int, pad: int):
    """A model shaped as Unified Multimodal Transformer (Yu et al. 2020): text and visual tokens attend to each other,
    a gate mixes them, a second branch finds spans by a CRF of its own and speaks for the first one's emissions."""
    import torch
    from torch import nn
    from torchcrf import CRF

    from mmner.networks import encoders

    network = encoders.network(encoder)
    width = network.config.hidden_size

    def layer(kind):
        return kind(width, 12, 4 * width, 0.1, "gelu", batch_first=True)

    model = nn.ModuleDict(
        {
            "encoder": network,
            "project": nn.Linear(2048, width),
            "own": layer(nn.TransformerEncoderLayer),
            "spans": layer(nn.TransformerEncoderLayer),
            "image_of_text": layer(nn.TransformerDecoderLayer),
            "text_of_image": layer(nn.TransformerDecoderLayer),
            "text_of_text": layer(nn.TransformerDecoderLayer),
            "gate": nn.Linear(2 * width, width),
            "emit": nn.Linear(2 * width, tags),
            "emit_spans": nn.Linear(width, 3),
            "speak": nn.Linear(3, tags),
            "crf": CRF(tags, batch_first=True),
            "crf_spans": CRF(3, batch_first=True),
        }
    )
    look = torch.Generator().manual_seed(1)

    def loss(batch):
        pieces, mask, gold = padded(batch, pad)
        image = model["project"](torch.randn(len(batch), 49, 2048, generator=look))
        hidden = network(input_ids=pieces, attention_mask=mask).last_hidden_state
        nothing = mask == 0
        spans = model["emit_spans"](model["spans"](hidden, src_key_padding_mask=nothing))
        text = model["own"](hidden, src_key_padding_mask=nothing)
        seen = model["text_of_image"](text, image, tgt_key_padding_mask=nothing)
        image = model["image_of_text"](image, text, memory_key_padding_mask=nothing)
        text = model["text_of_text"](text, image, tgt_key_padding_mask=nothing)
        gate = torch.sigmoid(model["gate"](torch.cat([text, seen], -1)))
        emissions = model["emit"](torch.cat([text, gate * seen], -1)) + model["speak"](spans)
        gold, real = gold.clamp(min=0), mask.bool()
        bounds = torch.where(gold > 0, 2 - gold % 2, 0)  # B and I without types
        return -model["crf"](emissions, gold, real, "mean") - 0.5 * model["crf_spans"](spans, bounds, real, "mean")

    return optimised(model, loss)
