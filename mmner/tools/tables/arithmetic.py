"""Means, deviations and a paired bootstrap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mmner.ner.scores import DRAWS_AT_ONCE, f1

RESAMPLES = 10_000
INTERVAL = (2.5, 97.5)


def mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def deviation(values: Sequence[float]) -> float | None:
    """The sample standard deviation (divisor n - 1); None for a single value."""
    if len(values) < 2:
        return None
    middle = mean(values)
    return (sum((value - middle) ** 2 for value in values) / (len(values) - 1)) ** 0.5


@dataclass(frozen=True)
class Gain:
    """The difference of two rows' strict F1, in 0..1.

    low, high: its bootstrapped 95% interval. p: share of resamples in which it is not above 0, with 1 added to both
    counts.
    """

    gain: float
    low: float
    high: float
    p: float


def paired(
    first: Sequence[np.ndarray], second: Sequence[np.ndarray], resamples: int = RESAMPLES, seed: int = 1
) -> Gain:
    """A paired bootstrap over sentences of two rows on the same test split.

    first, second: one array (sentences, 3) a seed, of right, predicted and gold entities (`mmner.ner.scores.count`). A
    row's seeds are pooled: their counts are summed sentence by sentence, so that a resample draws a sentence with all
    seeds' answers, the same sentences for both rows. So the interval is about the choice of test sentences, not of
    seeds. The pooled F1 is that of all answers together, hence not quite the mean of the seeds' F1.
    """
    pooled = [np.sum(list(row), axis=0) for row in (first, second)]
    sentences = len(pooled[0])
    if len(pooled[1]) != sentences:
        raise ValueError(f"{sentences} sentences in one row, {len(pooled[1])} in the other")
    generator = np.random.default_rng(seed)
    resampled = []
    step = max(1, DRAWS_AT_ONCE // sentences)
    for at in range(0, resamples, step):
        draws = generator.multinomial(sentences, [1 / sentences] * sentences, size=min(step, resamples - at))
        resampled.append(gains(draws, *pooled))
    drawn = np.concatenate(resampled)
    low, high = np.percentile(drawn, INTERVAL)
    observed = gains(np.ones((1, sentences), dtype=np.int64), *pooled)[0]
    return Gain(float(observed), float(low), float(high), float((1 + (drawn <= 0).sum()) / (1 + resamples)))


def gains(draws: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """F1 of `first` minus that of `second` in each resample.

    draws: (resamples, sentences), how often each sentence is drawn; first, second: counts (sentences, 3). Returns
    (resamples,). F1 is 0 where nothing is there and nothing is predicted.
    """
    return f1(*(draws @ first).T) - f1(*(draws @ second).T)
