"""Where a training stands."""

from __future__ import annotations

from dataclasses import dataclass, field

from tqdm import tqdm

from mmner.train import ranks


@dataclass
class Progress:
    """Where a training stands; all of it goes into a resume file.

    best_epoch: after which the kept weights were reached; best_f1: theirs on dev, -1 where nobody looked.
    finished: nothing is left to train, and the weights are those that are kept.
    """

    epoch: int = 0
    batch: int = 0
    step: int = 0
    best_f1: float = -1.0
    best_epoch: int = -1
    seconds: float = 0.0
    finished: bool = False
    history: list[dict] = field(default_factory=list)  # what Live was told: {"step", "name", "value"}


def progress_bar(progress: Progress, total: int) -> tqdm:
    """Of a training of `total` steps: of one process alone, and, as None has it, for a terminal."""
    hidden = ranks.number() > 0 or None
    return tqdm(total=total, initial=progress.step, desc="train", unit="step", mininterval=2.0, disable=hidden)
