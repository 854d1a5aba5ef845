"""How a learning rate goes over a training."""

from __future__ import annotations


def warm_up_and_decay(step: int, steps: int, share: float) -> float:
    """The learning rate's factor (0..1) at `step` (0-based) of `steps`: linear up to 1, then linear down to 0.

    share: of the steps in which it rises, at least one step.
    """
    warm = max(1, round(share * steps))
    return (step + 1) / warm if step < warm else max(0.0, (steps - step) / max(1, steps - warm))
