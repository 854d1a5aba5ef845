"""Scores of grounded entities (GMNER): precision, recall and F1 of MNER, EEG and GMNER, with a bootstrap interval.

Yu et al. 2023 (Grounded Multimodal Named Entity Recognition on Social Media, 4.1) count a triple (entity, type, region)
as found when its span, its type and its region are right: a region is right where gold has boxes and its
intersection over union with one of them is 0.5 at least, or where gold has none and there is none. MNER asks for span
and type, EEG for span and region. The paper says "larger than 0.5", the released scorers of RiVEG and E2E-GMNER take
0.5 too, as here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from mmner.ner.boxes import Box, iou
from mmner.ner.scores import interval, ratios, rounded

MIN_IOU = 0.5
TASKS = ("mner", "eeg", "gmner")


@dataclass(frozen=True)
class Grounded:
    """An entity of a sentence, end exclusive, in tokens. boxes: of gold all that it has, predicted one at most."""

    start: int
    end: int
    label: str
    boxes: tuple[Box, ...] = ()


Sentences = Sequence[Sequence[Grounded]]


def right_region(gold: Sequence[Box], predicted: Sequence[Box]) -> bool:
    """Whether a predicted region, a box or none, is right of an entity that has the boxes `gold`, or none."""
    if not gold or not predicted:
        return not gold and not predicted
    return any(iou(one, other) >= MIN_IOU for one in gold for other in predicted)


def score(gold: Sentences, predicted: Sentences, bootstrap: int = 1000, seed: int = 1) -> dict:
    """Scores of `predicted` against `gold`, sentence by sentence, each in 0..1 and rounded to 4.

    Keys: each of TASKS, its totals {f1, precision, recall, low, high} (95% interval of f1 over `bootstrap` resamples of
    the sentences; null when 0); groundable, ungroundable: totals of GMNER among entities with a box and without one,
    gold's by gold, predicted ones by what was predicted, and their `support` in gold; types: {label: f1, precision and
    recall of GMNER, mner_f1, support, groundable}; sentences, entities, groundable_entities.
    An entity counts once: of two with one span in a sentence, the later.
    Errors: ValueError where the sentences differ in number.
    """
    pairs = [
        ({(one.start, one.end): one for one in true}, {(one.start, one.end): one for one in said})
        for true, said in zip(gold, predicted, strict=True)
    ]
    rows = [[*true.values()] for true, _ in pairs]
    labels = sorted(
        {one.label for row in rows for one in row} | {one.label for _, said in pairs for one in said.values()}
    )

    def totals(task: str, wanted: Callable[[Grounded], bool] | None = None, resamples: int = 0) -> dict:
        counts = _counts(pairs, task, wanted)
        precision, recall, f1 = ratios(*counts.sum(0))
        low, high = interval(counts, resamples, seed)
        return {"f1": rounded(f1), "precision": rounded(precision), "recall": rounded(recall), "low": low, "high": high}

    def support(wanted: Callable[[Grounded], bool]) -> int:
        return sum(wanted(one) for row in rows for one in row)

    result: dict = {task: totals(task, None, bootstrap) for task in TASKS}
    for name, with_box in (("groundable", True), ("ungroundable", False)):

        def wanted(one: Grounded, with_box: bool = with_box) -> bool:
            return bool(one.boxes) == with_box

        result[name] = totals("gmner", wanted, bootstrap) | {"support": support(wanted)}
    result["types"] = {}
    for label in labels:

        def of_label(one: Grounded, label: str = label) -> bool:
            return one.label == label

        own = totals("gmner", of_label)
        result["types"][label] = {
            **{name: own[name] for name in ("f1", "precision", "recall")},
            "mner_f1": totals("mner", of_label)["f1"],
            "support": support(of_label),
            "groundable": support(lambda one, label=label: one.label == label and bool(one.boxes)),
        }
    return result | {
        "sentences": len(pairs),
        "entities": sum(map(len, rows)),
        "groundable_entities": support(lambda one: bool(one.boxes)),
    }


def _counts(pairs: Sequence[tuple[dict, dict]], task: str, wanted: Callable[[Grounded], bool] | None) -> np.ndarray:
    """Numbers of (right, predicted, gold) entities in each sentence, of those that are `wanted`: (sentences, 3)."""
    wanted = wanted or (lambda one: True)
    counts = []
    for true, said in pairs:
        right = sum(
            wanted(one) and span in true and wanted(true[span]) and _is_right(task, true[span], one)
            for span, one in said.items()
        )
        counts.append([right, sum(map(wanted, said.values())), sum(map(wanted, true.values()))])
    return np.array(counts, dtype=np.int64).reshape(-1, 3)


def _is_right(task: str, gold: Grounded, predicted: Grounded) -> bool:
    """Whether `predicted`, at the span of `gold`, is right in `task`."""
    label = task == "eeg" or gold.label == predicted.label
    return label and (task == "mner" or right_region(gold.boxes, predicted.boxes))
