"""Where a training stands."""

from __future__ import annotations

from dataclasses import dataclass, field


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
