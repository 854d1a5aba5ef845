"""Training the full fused model on cached features, against its text encoder's forward and backward alone."""

from __future__ import annotations

import statistics
import time

from benchmarks.figures import Figure, alternating, ratio
from benchmarks.pipeline import ROOT


def measure(run_name: str, batches: int) -> list[Figure]:
    """The examples per second of both (on a CPU: per CPU second), over the same `batches`, by turns, and their ratio.

    The run's preparation must exist. A step of the model is padding, forward, loss, backward, clipping and optimiser;
    one of the encoder is `hidden.sum().backward()` on the same pieces.
    """
    import torch

    from mmner.base import params
    from mmner.model.batch import collate
    from mmner.model.fused import FusedModel
    from mmner.networks import encoders
    from mmner.networks.windows import TextEncoding
    from mmner.train import data
    from mmner.train.loop import Trainer, seed_all
    from mmner.train.params import Run, Training
    from mmner.train.seen_words import Narrowed

    content = params.load(ROOT / "params.yaml")
    run = params.build(Run, params.entry(content, "runs", run_name), f"runs.{run_name}")
    training = params.build(Training, params.entry(content, "train", run.train), f"train.{run.train}")
    sizes = training.architecture
    seed_all(run.seed)
    prepared = data.read(ROOT / "data" / "prepared" / run.preparation, run.switches)
    tokenizer, network = encoders.tokenizer(sizes.encoder), encoders.network(sizes.encoder)
    encoding = TextEncoding(tokenizer, encoders.max_length(network, tokenizer), sizes.lengths, sizes.overlap)
    examples = data.encode(prepared, prepared.of("train"), encoding, run.switches)
    model = FusedModel(network, prepared.labels, prepared.visual_width, sizes, run.switches)
    narrowed = Narrowed.of(model, examples, [tokenizer.pad_token_id], training)
    trainer = Trainer(model, training, run.seed, tokenizer.pad_token_id, None, narrowed=narrowed)
    model.train()
    chosen = [[examples[i] for i in part] for part in data.batches(examples, training.batch_size, run.seed)][:batches]

    def wait() -> None:
        if trainer.device.type == "cuda":
            torch.cuda.synchronize()

    def full(part) -> None:
        trainer.step([part])
        wait()

    def alone(batch) -> None:
        with trainer.autocast():
            mask = batch.pieces_mask.long()
            hidden = model.encoder(input_ids=batch.pieces, attention_mask=mask).last_hidden_state
        hidden.float().sum().backward()
        model.encoder.zero_grad(set_to_none=True)
        wait()

    ready = [collate(part, prepared.visual_width, tokenizer.pad_token_id).to(trainer.device) for part in chosen]
    for part, batch in list(zip(chosen, ready, strict=True))[:2]:
        full(part)
        alone(batch)
    on_cpu = trainer.device.type == "cpu"
    clock, unit = (time.process_time, "examples/CPU s") if on_cpu else (time.perf_counter, "examples/s")
    fused, bare = [], []
    for part, batch in zip(chosen, ready, strict=True):
        one, other = alternating([lambda part=part: full(part), lambda batch=batch: alone(batch)], 1, clock)
        fused += one
        bare += other
    counts = [len(part) for part in chosen]
    rates = [
        statistics.median(count / spent for count, spent in zip(counts, times, strict=True)) for times in (fused, bare)
    ]
    note = f"run {run_name}, {len(chosen)} batches of {training.batch_size}, {trainer.device.type}"
    return [
        Figure("training, full fused model", rates[0], unit, note=note),
        Figure("its encoder's forward and backward alone", rates[1], unit, note="same batches"),
        Figure("ratio of the two", ratio(bare, fused), "", 0.9, most=False),
    ]
