"""A bootstrap over seeds and sentences, and how many seeds a difference wants.

The paired bootstrap of `arithmetic` says how far a gain hangs on the choice of test sentences. Here a row is its
method, not its trainings: in each resample seeds are drawn too, those of each row apart, since seed 1 of one row has
nothing in common with seed 1 of the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mmner.base.errors import InputError
from mmner.ner.scores import DRAWS_AT_ONCE, f1
from mmner.tools.tables.arithmetic import INTERVAL, RESAMPLES, Gain, deviation

TAIL = INTERVAL[0] / 100
POWER = 0.8  # the chance to see a difference that is there
MOST = 1000  # seeds


@dataclass(frozen=True)
class Comparison:
    """gain: of the rows' mean F1 over seeds, with the interval of both levels. deviations: of each row's F1 over its
    seeds, 0..1; None for a row that has none. error: the standard error of the gain that sentences alone give.
    seeds: of each row."""

    gain: Gain
    deviations: tuple[float | None, float | None]
    error: float
    seeds: tuple[int, int]

    def wanted(self, difference: float | None = None) -> int | None:
        """`wanted` of this comparison; difference: the claimed one, else the gain that was seen."""
        return wanted(abs(self.gain.gain) if difference is None else difference, self.deviations, self.error)


def compare(
    first: Sequence[np.ndarray],
    second: Sequence[np.ndarray],
    fixed: tuple[bool, bool] = (False, False),
    resamples: int = RESAMPLES,
    seed: int = 1,
) -> Comparison:
    """The mean F1 of `first` minus that of `second` on the same sentences.

    first, second: as `arithmetic.paired`. fixed: a row of given answers, which has no seeds: only sentences are drawn.
    Of n seeds n - 1 are drawn, with repetition: then the variance of their mean is s^2 / n, as that of n trainings is,
    where n draws of n give (n - 1) / n of it, a third too little with three seeds (Rao and Wu 1988).
    Errors: InputError `too-few-seeds`, see `check`; ValueError where rows are not of the same sentences.
    """
    rows = [np.stack([np.asarray(one) for one in row]) for row in (first, second)]  # (seeds, sentences, 3)
    seeds = len(rows[0]), len(rows[1])
    if rows[0].shape[1] != rows[1].shape[1]:
        raise ValueError(f"{rows[0].shape[1]} sentences in one row, {rows[1].shape[1]} in the other")
    check(seeds, fixed)
    sentences = rows[0].shape[1]
    generator = np.random.default_rng(seed)
    both, alone = [], []
    step = max(1, DRAWS_AT_ONCE // sentences)
    for at in range(0, resamples, step):
        size = min(step, resamples - at)
        draws = generator.multinomial(sentences, [1 / sentences] * sentences, size=size)
        scores = [_scores(draws, row) for row in rows]  # (resamples, seeds) each
        drawn = [
            one.mean(1) if given else (one * _weights(generator, one.shape)).sum(1)
            for one, given in zip(scores, fixed, strict=True)
        ]
        both.append(drawn[0] - drawn[1])
        alone.append(scores[0].mean(1) - scores[1].mean(1))
    resampled, whole = np.concatenate(both), np.ones((1, sentences), dtype=np.int64)
    observed = [_scores(whole, row)[0] for row in rows]
    low, high = np.percentile(resampled, INTERVAL)
    gain = float(observed[0].mean() - observed[1].mean())
    p = float((1 + (resampled <= 0).sum()) / (1 + resamples))
    spread = tuple(
        None if given else deviation([float(x) for x in one]) for one, given in zip(observed, fixed, strict=True)
    )
    return Comparison(Gain(gain, float(low), float(high), p), spread, float(np.std(np.concatenate(alone))), seeds)


def check(seeds: tuple[int, int], fixed: tuple[bool, bool] = (False, False)) -> None:
    """Whether rows of so many seeds can have an interval.

    Two seeds a row are the least that show a spread. Beyond that, one draw takes a row's lowest seed alone in n^(1-n)
    of the resamples: where both rows' worst draws together are more than the interval's tail, its end is not an
    estimate, but the extreme of the seeds at hand. So three a row, or four of one whose other is given.
    Errors: InputError `too-few-seeds`.
    """
    drawn = [n for n, given in zip(seeds, fixed, strict=True) if not given]
    if not enough(drawn):
        least = least_seeds(len(drawn))
        what = f"{' and '.join(map(str, drawn))} seeds: an interval over seeds would be the seeds themselves"
        remedy = f"train {least} of each row: runs that differ in nothing but `seed`"
        raise InputError("too-few-seeds", what, remedy=remedy)


def enough(drawn: Sequence[int]) -> bool:
    worst = np.prod([float(n) ** (1 - n) for n in drawn]) if drawn else 0.0
    return all(n > 1 for n in drawn) and worst < TAIL


def least_seeds(rows: int) -> int:
    """The least number of seeds for each of `rows` rows, for `check` to pass."""
    return next(n for n in range(1, MOST) if enough([n] * rows))


def wanted(difference: float, deviations: Sequence[float | None], error: float) -> int | None:
    """The least number of seeds a row with which a true `difference` is seen, by a two-sided test at 5%, four times in
    five; None where no number of seeds does, since the test split has too few sentences for it.

    deviations: of each row's F1 over seeds; None for a row of given answers. error: of the sentences, see Comparison.
    All in one unit. A test of two means of n (Student's t, 2 n - 2 degrees of freedom) and of the sentences (normal):
    difference^2 >= (t_0.975 + t_0.8)^2 (s_1^2 + s_2^2) / n + (z_0.975 + z_0.8)^2 error^2. A deviation that was
    measured on three seeds is itself uncertain by half: so is the answer.
    """
    from scipy.stats import norm, t

    known = [one for one in deviations if one is not None]
    variance = sum(one**2 for one in known)
    sentences = (norm.ppf(1 - TAIL) + norm.ppf(POWER)) ** 2 * error**2
    if difference**2 <= sentences:
        return None
    least = least_seeds(len(known))
    for n in range(least, MOST + 1):
        freedom = max(len(known), 1) * (n - 1)
        quantiles = (t.ppf(1 - TAIL, freedom) + t.ppf(POWER, freedom)) ** 2 if freedom else 0.0
        if quantiles * variance / n + sentences <= difference**2:
            return n
    return None


def _scores(draws: np.ndarray, row: np.ndarray) -> np.ndarray:
    """F1 (resamples, seeds) of `row` (seeds, sentences, 3) in each of `draws` (resamples, sentences)."""
    return np.stack([f1(*(draws @ counts).T) for counts in row], axis=1)


def _weights(generator: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """The share that each seed has in each resample, (resamples, seeds)."""
    resamples, seeds = shape
    return generator.multinomial(seeds - 1, [1 / seeds] * seeds, size=resamples) / (seeds - 1)
