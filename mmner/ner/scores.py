"""Entity-level scores: strict IOB2 precision, recall and F1 with a bootstrap interval, and seqeval's default beside.

An entity counts as found when its start, end and label are all right, and only if it starts with B.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mmner.ner import iob

INTERVAL = (2.5, 97.5)  # percentiles of the bootstrapped F1: a 95% interval
DRAWS_AT_ONCE = 2_000_000  # numbers held in memory while resampling


def score(
    gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]], bootstrap: int = 1000, seed: int = 1
) -> dict:
    """Scores of `predicted` against `gold`, two lists of sentences of IOB2 tags, each in 0..1 and rounded to 4.

    Keys: precision, recall, f1 (micro, strict as seqeval's mode="strict", scheme=IOB2); low, high (95% interval of
    f1 over `bootstrap` resamples of the sentences; null when 0); default_f1 (seqeval without mode and scheme, as
    many papers report); sentences; entities, default_entities (of gold, counted strictly and as for default_f1);
    types: {label: {precision, recall, f1, support}}.
    Errors: ValueError when sentences or their lengths differ in number.
    """
    counts, types = count(gold, predicted)
    totals = counts.sum(0)
    precision, recall, f1 = ratios(*totals)
    low, high = interval(counts, bootstrap, seed)
    return {
        "f1": rounded(f1),
        "precision": rounded(precision),
        "recall": rounded(recall),
        "low": low,
        "high": high,
        "default_f1": rounded(default_f1(gold, predicted)),
        "sentences": len(gold),
        "entities": int(totals[2]),
        "default_entities": sum(len(iob.spans(iob.repair(sequence))) for sequence in gold),
        "types": {
            label: dict(zip(("precision", "recall", "f1"), map(rounded, ratios(*row)), strict=True))
            | {"support": row[2]}
            for label, row in sorted(types.items())
        },
    }


def strict_f1(gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> float:
    """`f1` of `score` alone, unrounded. Errors: those of `score`."""
    counts, _ = count(gold, predicted)
    return ratios(*counts.sum(0))[2]


def default_f1(gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> float:
    """Micro F1 as seqeval gives it without mode and scheme, where an I that continues nothing starts an entity.

    Not by seqeval, whose scikit-learn takes longer to import than a stage of the sample computes; tests compare them.
    """
    return strict_f1([*map(iob.repair, gold)], [*map(iob.repair, predicted)])


def count(gold, predicted) -> tuple[np.ndarray, dict[str, list[int]]]:
    """Numbers of (correct, predicted, gold) entities: an int array (sentences, 3), and label -> [3 totals]."""
    counts, types = [], {}
    for true, guess in zip(gold, predicted, strict=True):
        if len(true) != len(guess):
            raise ValueError(f"sentence {len(counts)}: {len(true)} gold tags, {len(guess)} predicted ones")
        true, guess = set(iob.spans(true)), set(iob.spans(guess))
        sets = (true & guess, guess, true)
        counts.append([len(entities) for entities in sets])
        for column, entities in enumerate(sets):
            for *_, label in entities:
                types.setdefault(label, [0, 0, 0])[column] += 1
    return np.array(counts, dtype=np.int64).reshape(-1, 3), types


def f1(correct, predicted, gold):
    """F1 of counts, numbers or arrays of one shape, in 0..1; 0 where nothing is there and nothing is predicted."""
    return 2 * correct / np.maximum(predicted + gold, 1)


def ratios(correct: int, predicted: int, gold: int) -> tuple[float, float, float]:
    """Precision, recall, F1; 0 where nothing was predicted, or nothing was there to find."""
    precision = correct / predicted if predicted else 0.0
    recall = correct / gold if gold else 0.0
    return precision, recall, float(f1(correct, predicted, gold))


def interval(counts: np.ndarray, bootstrap: int, seed: int) -> tuple[float | None, float | None]:
    """The 95% interval of F1 over `bootstrap` resamples of sentences; counts (sentences, 3): correct, predicted, gold.

    (None, None) where there is no resample or no sentence.
    """
    sentences = len(counts)
    if not bootstrap or not sentences:
        return None, None
    generator = np.random.default_rng(seed)
    scores = []
    step = max(1, DRAWS_AT_ONCE // sentences)
    for at in range(0, bootstrap, step):
        draws = generator.multinomial(sentences, [1 / sentences] * sentences, size=min(step, bootstrap - at))
        scores.append(f1(*(draws @ counts).T))  # (resamples,)
    low, high = np.percentile(np.concatenate(scores), INTERVAL)
    return rounded(low), rounded(high)


def rounded(value: float) -> float:
    """`value` as scores are given."""
    return round(float(value), 4)
