"""What a run gets wrong, in kinds: of each post, of all, and against another run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from mmner.ner import iob
from mmner.ner.boxes import corners
from mmner.ner.grounded_scores import right_region

RIGHT, BOUNDARY, TYPE, MISSED, SPURIOUS = "right", "boundary", "type", "missed", "spurious"
KINDS = (BOUNDARY, TYPE, MISSED, SPURIOUS)
BOX_MISSED, BOX_WRONG, BOX_SPURIOUS = "box missed", "wrong box", "box for what is not there"
BOX_KINDS = (BOX_MISSED, BOX_WRONG, BOX_SPURIOUS)
BINS = 10  # of calibration, in 0..1
OUTSIDE = "O"  # in a confusion: no entity

Span = tuple[int, int, str]


@dataclass(frozen=True)
class Outcome:
    """What became of an entity of gold, of a predicted one, or of both. kind: right, or one of KINDS.

    boundary: overlapping spans of one label; type: one span, two labels; missed: gold that nothing matches; spurious:
    predicted where gold has nothing such. Spans that overlap and differ in label, too, are one missed and one spurious.
    """

    kind: str
    gold: Span | None
    predicted: Span | None


def outcomes(gold: Sequence[str], predicted: Sequence[str]) -> list[Outcome]:
    """What became of each entity of a sentence, whose tags are `gold` and `predicted`, read strictly."""
    true, found = iob.spans(gold), iob.spans(predicted)
    result = []
    for kind, fits in (
        (RIGHT, lambda one, other: one == other),
        (TYPE, lambda one, other: one[:2] == other[:2]),
        (BOUNDARY, lambda one, other: one[2] == other[2] and one[0] < other[1] and other[0] < one[1]),
    ):
        for one in [*true]:
            other = next((other for other in found if fits(one, other)), None)
            if other is not None:
                result.append(Outcome(kind, one, other))
                true.remove(one)
                found.remove(other)
    result += [Outcome(MISSED, one, None) for one in true]
    result += [Outcome(SPURIOUS, None, other) for other in found]
    return sorted(result, key=lambda one: (one.gold or one.predicted)[0])


def region_outcomes(entities: Sequence[dict], gold: Sequence[dict]) -> list[tuple[str, dict]]:
    """(RIGHT or one of BOX_KINDS, the entity) of each of `entities` whose span gold has, as `grounded` has both.

    Whatever its label is: what an entity is called says nothing of where it is.
    """
    seen = {(one["start"], one["end"]): one["boxes"] for one in gold}
    found = []
    for one in entities:
        boxes = seen.get((one["start"], one["end"]))
        if boxes is None:
            continue
        said = [*map(corners, one["box"])] if one["kept"] else []
        if right_region([*map(corners, boxes)], said):
            kind = RIGHT
        else:
            kind = BOX_MISSED if not said else BOX_WRONG if boxes else BOX_SPURIOUS
        found.append((kind, one))
    return found


def errors_by_type(of_posts: Sequence[Sequence[Outcome]]) -> dict[str, Counter]:
    """Label -> how often each kind of outcome; gold's label where there is one, else the predicted.

    Every label of gold and of predictions is there; one that was predicted in place of others alone has no outcome.
    """
    found: dict[str, Counter] = {}
    for one in (one for of_post in of_posts for one in of_post):
        for span in filter(None, (one.gold, one.predicted)):
            found.setdefault(span[2], Counter())
        found[(one.gold or one.predicted)[2]][one.kind] += 1
    return dict(sorted(found.items()))


def confusion(of_posts: Sequence[Sequence[Outcome]]) -> tuple[list[str], list[list[int]]]:
    """(labels, counts): rows are gold's labels, columns the predicted ones, the last of both is no entity."""
    pairs: Counter = Counter()
    for one in (one for of_post in of_posts for one in of_post):
        pairs[one.gold[2] if one.gold else OUTSIDE, one.predicted[2] if one.predicted else OUTSIDE] += 1
    labels = [*sorted({label for pair in pairs for label in pair} - {OUTSIDE}), OUTSIDE]
    return labels, [[pairs[row, column] for column in labels] for row in labels]


@dataclass(frozen=True)
class Bin:
    """Predicted entities whose score is in low..high: how many, their mean score, the share that is right."""

    low: float
    high: float
    count: int
    score: float
    right: float


def calibration(scored: Sequence[tuple[float, bool]]) -> tuple[list[Bin], float | None]:
    """Bins of (score, whether it is right), and the expected calibration error: the mean distance, by count."""
    bins = []
    for number in range(BINS):
        low, high = number / BINS, (number + 1) / BINS
        inside = [pair for pair in scored if low <= pair[0] < high or (number == BINS - 1 and pair[0] == 1.0)]
        if inside:
            mean = sum(score for score, _ in inside) / len(inside)
            right = sum(is_right for _, is_right in inside) / len(inside)
            bins.append(Bin(low, high, len(inside), mean, right))
    if not scored:
        return bins, None
    return bins, sum(one.count * abs(one.score - one.right) for one in bins) / len(scored)


def histogram(values: Sequence[float]) -> list[int]:
    """How many of `values`, in 0..1, are in each of BINS bins."""
    counts = [0] * BINS
    for value in values:
        counts[min(int(value * BINS), BINS - 1)] += 1
    return counts


def changed(own: Sequence[Outcome], other: Sequence[Outcome]) -> tuple[bool, bool]:
    """(something was mended, something broke) from run `other` to `own`, in one sentence."""
    wrong = {_identity(one) for one in own if one.kind != RIGHT}
    was_wrong = {_identity(one) for one in other if one.kind != RIGHT}
    return bool(was_wrong - wrong), bool(wrong - was_wrong)


def _identity(one: Outcome) -> tuple:
    """What is wrong, whatever it is called: an entity of gold that is not found, or one that is not there."""
    return ("gold", one.gold) if one.gold else ("predicted", one.predicted)
