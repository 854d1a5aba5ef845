"""The training loop: a rate a part, warm-up, decay, the checkpoint that dev F1 chooses, resume after a kill.

A loop of our own: a resumed run must equal an uninterrupted one to the bit, mid-epoch included, from a file that loads
with weights_only=True. That is these lines; a trainer framework would need as many callbacks to be kept from less.
"""

from __future__ import annotations

import math
import os
import random
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from itertools import islice
from pathlib import Path

import numpy as np
import torch

from mmner.base.errors import InputError
from mmner.model.batch import Batch, Example, collate
from mmner.model.fused import FusedModel
from mmner.model.squares import Squares
from mmner.ner import scores
from mmner.networks import device
from mmner.networks.schedules import warm_up_and_decay
from mmner.train import history, losses, ranks, resume
from mmner.train.adversarial import perturbed
from mmner.train.data import batches, parts
from mmner.train.evidence_dropout import EvidenceDropout
from mmner.train.feed import feed
from mmner.train.groups import parameter_groups
from mmner.train.params import Training
from mmner.train.prediction import predict
from mmner.train.progress import Progress, progress_bar
from mmner.train.seen_words import Narrowed
from mmner.train.word_dropout import WordDropout

READ_EVERY = 10  # steps: on a GPU, reading a loss waits for all that was asked of it


def seed_all(seed: int) -> None:
    """Seed every generator that training uses, and ask for deterministic kernels where there are some."""
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # else cuBLAS adds up in another order each time
    torch.set_deterministic_debug_mode("warn")  # as use_deterministic_algorithms, which imports the compiler
    torch.utils.deterministic.fill_uninitialized_memory = (
        False  # a tenth of a step's time; nothing here reads such memory
    )


class Trainer:
    """Trains `model`. `live`: a dvclive.Live, or None. word_dropout: what hides words in training, or None.
    evidence_dropout: what hides extra text and marks, or None. squares: where a tower's images are kept, decoded.
    narrowed: what gives the model its whole vocabulary back at the end.

    Errors: InputError `no-layers`, see `parameter_groups`.
    """

    def __init__(
        self,
        model: FusedModel,
        params: Training,
        seed: int,
        pad: int,
        resume_file: Path | None,
        live=None,
        word_dropout: WordDropout | None = None,
        evidence_dropout: EvidenceDropout | None = None,
        squares: Squares | None = None,
        narrowed: Narrowed | None = None,
    ):
        self.device = device.best()
        self.model, self.params, self.seed, self.pad = model.to(self.device), params, seed, pad
        device.prepare(self.device, tf32=params.tf32)
        self._loss = losses.wrapped(self.model, params)
        self.resume_file, self.live, self.squares = resume_file, live, squares
        self.word_dropout, self.evidence_dropout = word_dropout, evidence_dropout
        self.narrowed = narrowed
        self.autocast = device.autocast(params.precision, self.device, training=True)
        kind = {"adamw": torch.optim.AdamW, "adam": torch.optim.Adam}[params.optimizer]
        self.optimizer = kind(parameter_groups(self.model, params), fused=True)
        self.progress = Progress()
        self.best: dict[str, torch.Tensor] = {}
        self._ahead: Iterator[Batch] | None = None  # the epoch's batches, in the order of its steps
        self._finite = torch.ones((), dtype=torch.bool, device=self.device)  # all losses and gradients so far
        if ranks.number():  # rank 0 draws what a single process would
            torch.manual_seed(seed + 7919 * ranks.number())

    def fit(self, train: Sequence[Example], dev: Sequence[Example]) -> Progress:
        """Train to the end, from the resume file where there is one; leaves the chosen weights in the model.

        They are chosen by strict F1 on `dev`, or the last ones; `dev` may then be empty.
        Errors: InputError `not-finite`.
        """
        params = self.params
        steps_an_epoch = math.ceil(math.ceil(len(train) / params.batch_size) / params.accumulate)
        total = steps_an_epoch * params.epochs
        schedule = torch.optim.lr_scheduler.LambdaLR(
            self.optimizer, lambda step: warm_up_and_decay(step, total, params.warmup)
        )
        self._resume(schedule)
        progress = self.progress
        clock = saved = time.perf_counter()
        bar = progress_bar(progress, total)
        while progress.epoch < params.epochs and not progress.finished:
            seed = self.seed * 1000 + progress.epoch
            shown = train if self.evidence_dropout is None else self.evidence_dropout(train, seed)
            order = batches(shown, params.batch_size, seed)
            self.model.train()
            starts = range(progress.batch, len(order), params.accumulate)
            groups = [[[shown[i] for i in chosen] for chosen in order[at : at + params.accumulate]] for at in starts]
            self._ahead = feed([part for group in groups for part in self._parts(group)], self._collate, self.device)
            for group in groups:
                loss = self.step(group)
                schedule.step()
                progress.batch += len(group)
                progress.step += 1
                bar.update()
                if progress.step % READ_EVERY == 0:
                    self._check_finite()
                    value = sum(ranks.gathered(loss.item()))
                    self._log(**{"train/loss": value})
                    bar.set_postfix(loss=f"{value:.3f}", dev_f1=f"{max(progress.best_f1, 0):.3f}")
                if progress.step % 50 == 0:
                    device.release()
                if progress.batch < len(order):
                    clock, saved = self._save_where_due(schedule, clock, saved)
            self._ahead = None
            progress.epoch, progress.batch = progress.epoch + 1, 0
            self._check_finite()
            judged = self._judge(dev)
            if judged and params.patience and progress.epoch - progress.best_epoch >= params.patience:
                break
            if progress.epoch < params.epochs:
                clock, saved = self._save_where_due(schedule, clock, saved)
        bar.close()
        if not progress.finished:
            progress.seconds += time.perf_counter() - clock
            if params.choose == "dev":
                self.model.load_state_dict(self.best)
            if self.narrowed is not None:
                self.narrowed.widen(steps_an_epoch * progress.best_epoch, total)
            progress.finished = True
            self._save(None)
        return progress

    def _judge(self, dev: Sequence[Example]) -> bool:
        """Score `dev` where that is due after this epoch, and keep the weights that are to be kept; whether it was."""
        params, progress, metrics = self.params, self.progress, {}
        if params.choose == "last":
            progress.best_epoch = progress.epoch
        due = bool(dev) and (progress.epoch % params.dev_every == 0 or progress.epoch == params.epochs)
        if due:
            f1 = metrics["dev/f1"] = scores.rounded(scores.strict_f1(*self.predict(dev)))
            if params.choose == "last":
                progress.best_f1 = f1
            elif f1 > progress.best_f1 or f1 == progress.best_f1 == 0:  # as long as nothing is found, the last
                progress.best_f1, progress.best_epoch = f1, progress.epoch
                self.best = {name: value.detach().clone() for name, value in self.model.state_dict().items()}
        self._log(**metrics, epoch=progress.epoch)
        return due

    def predict(self, examples: Sequence[Example]) -> tuple[list[list[str]], list[list[str]]]:
        """(gold, predicted) tags of `examples`, in their order."""
        own = ranks.share(examples)
        predicted = self._predicted(own) if own else []
        predicted = ranks.interleaved(ranks.gathered(predicted))
        return [[self.model.crf.tags[tag] for tag in example.tags] for example in examples], predicted

    def _predicted(self, examples: Sequence[Example]) -> list[list[str]]:
        sizes = 2 * self.params.batch_size, self.params.max_pieces
        return predict(self.model, examples, self.pad, *sizes, self.autocast, self.squares)[0]

    def step(self, group: list[list[Example]]) -> torch.Tensor:
        """One optimiser step over `group`'s batches; returns the mean loss an example, on the device, unread."""
        loss = self.gradients(group)
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.params.clip)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self._finite &= loss.isfinite() & norm.isfinite()
        return loss

    def gradients(self, group: list[list[Example]]) -> torch.Tensor:
        """Leave in the weights the gradients of the mean loss an example over `group`'s batches; returns that loss.

        Of several ranks each returns its share, and the shares add up; the gradients are those of all. With
        `adversarial`, those of the perturbed batches are added; the loss is that of the batches as they are.
        """
        own, size, counts = self._parts(group), sum(map(len, group)), any(map(ranks.share, group))
        weights = [len(examples) / size if counts else 0.0 for examples in own]
        ahead = islice(self._ahead or feed(own, self._collate, self.device), len(own))
        given = ahead if self.word_dropout is None else map(self.word_dropout, ahead)
        if not self.params.adversarial:
            return self._add_gradients(given, weights)
        given = list(given)
        loss = self._add_gradients(given, weights)
        with perturbed(self.model.encoder.get_input_embeddings().weight, self.params.adversarial):
            self._add_gradients(given, weights)
        return loss

    def _add_gradients(self, given: Iterable[Batch], weights: Sequence[float]) -> torch.Tensor:
        """Add to the gradients those of the losses of the batches `given`, each times its weight; their sum."""
        total = torch.zeros((), device=self.device)
        for number, (batch, weight) in enumerate(zip(given, weights, strict=True), 1):
            with self._loss.no_sync() if number < len(weights) else nullcontext():
                with self.autocast():
                    loss = self._loss(batch) * weight
                (loss * ranks.count()).backward()  # of which the mean over ranks is taken
            total += loss.detach()
        return total

    def _parts(self, group: list[list[Example]]) -> list[list[Example]]:
        """What this rank computes of `group`'s batches, in parts that fit into memory."""
        own = [share for batch in group if (share := ranks.share(batch))]
        # A rank without any takes part with an example that does not count: the others wait for its gradients.
        return [part for batch in own or [group[0][:1]] for part in parts(batch, self.params.max_pieces)]

    def _collate(self, examples: Sequence[Example]) -> Batch:
        return collate(examples, self.model.visual_width, self.pad, self.model.tower, self.squares)

    def _check_finite(self) -> None:
        """Errors: InputError `not-finite`."""
        if all(ranks.gathered(self._finite.item())):
            return
        what = f"the loss or its gradient is no finite number at step {self.progress.step}, or shortly before"
        remedy = "lower the learning rates or lengthen the warm-up in that variant"
        if self.autocast is not nullcontext:
            remedy += "; or set precision: float32"
        raise InputError("not-finite", what, where="params.yaml: train", remedy=remedy)

    def _log(self, **metrics: float) -> None:
        step = self.progress.step
        self.progress.history += [{"step": step, "name": name, "value": value} for name, value in metrics.items()]
        self._tell(step, metrics)

    def _tell(self, step: int, metrics: dict[str, float]) -> None:
        if self.live is not None:
            history.tell(self.live, step, metrics)
            self.live.make_summary()

    def _save_where_due(self, schedule, clock: float, saved: float) -> tuple[float, float]:
        """Save where `save_minutes` have passed since `saved`; returns both anew. clock: since when seconds count."""
        looks = ranks.count() == 1 or not self.params.save_minutes or self.progress.step % READ_EVERY == 0
        now = time.perf_counter()
        if not looks or not ranks.told(now - saved > 60 * self.params.save_minutes):
            return clock, saved
        self.progress.seconds += now - clock
        self._check_finite()
        self._save(schedule)
        return (time.perf_counter(),) * 2

    def _save(self, schedule) -> None:
        """Write the state to the resume file; of a finished training (schedule: None) the kept weights alone."""
        if self.resume_file is None:
            return
        state = {"progress": vars(self.progress), "model": self.model.state_dict()}
        if schedule is not None:
            parts = {"model": self.model, "optimizer": self.optimizer, "schedule": schedule}
            state |= {"best": self.best, **resume.states(parts)}
            state["ranks"] = ranks.gathered({name: state[name] for name in resume.GENERATORS})
        if ranks.number() == 0:
            resume.write(self.resume_file, state)

    def _resume(self, schedule) -> None:
        """Go on from the resume file; one that can't be used is put aside, and the training begins anew."""
        if self.resume_file is None or not self.resume_file.exists():
            return
        parts = {"model": self.model, "optimizer": self.optimizer, "schedule": schedule}
        before, wrong = resume.snapshot(parts), None
        try:
            state = resume.read(self.resume_file)
            self.progress = Progress(**state["progress"])
            if self.progress.finished:
                if self.narrowed is not None:
                    self.narrowed.undo()
                self.model.load_state_dict(state["model"])
            else:
                self.best = {name: value.to(self.device) for name, value in state["best"].items()}
                resume.restore(parts, state | resume.own_generators(state))
        except Exception as error:  # a damaged file raises nearly anything, one of another run too
            wrong = resume.reason(error)
        if reasons := [*filter(None, ranks.gathered(wrong))]:  # all have read it
            if ranks.number() == 0:
                resume.put_aside(self.resume_file, reasons[0])
            if self.narrowed is not None:
                self.narrowed.redo()
            resume.restore(parts, before)
            self.progress, self.best = Progress(), {}
            return
        if self.live is not None:
            history.replay(self.live, self.progress.history)
        at = f"resumed at epoch {self.progress.epoch}, step {self.progress.step}"
        print("train:", "was trained to its end before: no epoch is left" if self.progress.finished else at)
