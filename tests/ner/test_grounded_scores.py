"""GMNER's three scores: each case by hand, and against the rule of a released scorer, written down independently."""

import random
from itertools import permutations

import pytest

from mmner.ner.grounded_scores import Grounded, iou, right_region, score
from mmner.ner.scores import score as score_of_tags

LEFT, RIGHT, WHOLE = (0.0, 0.0, 0.5, 1.0), (0.5, 0.0, 1.0, 1.0), (0.0, 0.0, 1.0, 1.0)


def f1s(gold, predicted) -> tuple[float, float, float]:
    scores = score([gold], [predicted], 0)
    return tuple(scores[task]["f1"] for task in ("mner", "eeg", "gmner"))


def entity(*boxes, at=0, label="PER") -> Grounded:
    return Grounded(at, at + 2, label, boxes)


@pytest.mark.parametrize(
    ("gold", "predicted", "expected"),
    [
        (entity(LEFT), entity(LEFT), (1, 1, 1)),
        (entity(LEFT), entity(RIGHT), (1, 0, 0)),
        (entity(LEFT), entity(), (1, 0, 0)),
        (entity(), entity(), (1, 1, 1)),
        (entity(), entity(LEFT), (1, 0, 0)),
        (entity(LEFT, RIGHT), entity(RIGHT), (1, 1, 1)),
        (entity(LEFT), entity(WHOLE), (1, 1, 1)),  # exactly 0.5
        (entity(LEFT), entity((0.0, 0.0, 1.0, 1.01)), (1, 0, 0)),
        (entity(LEFT), entity(LEFT, label="ORG"), (0, 1, 0)),
        (entity(LEFT), entity(LEFT, at=1), (0, 0, 0)),
    ],
)
def test_a_triple_is_right_by_span_type_and_region(gold, predicted, expected):
    assert f1s([gold], [predicted]) == expected


def test_nothing_is_0_and_no_error():
    assert f1s([], []) == f1s([entity()], []) == f1s([], [entity(LEFT)]) == (0, 0, 0)
    assert score([], [], 10)["gmner"] == {"f1": 0, "precision": 0, "recall": 0, "low": None, "high": None}
    with pytest.raises(ValueError, match="zip"):
        score([[]], [])


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (LEFT, LEFT, 1),
        (LEFT, RIGHT, 0),
        (LEFT, WHOLE, 0.5),
        ((0, 0, 2, 2), (1, 1, 3, 3), 1 / 7),
        ((1, 1, 1, 1),) * 2 + (0,),
    ],
)
def test_iou_by_hand(first, second, expected):
    assert iou(first, second) == iou(second, first) == pytest.approx(expected)


def test_entities_with_and_without_a_box_and_types_are_counted_apart():
    gold = [[entity(LEFT), entity(at=3, label="ORG")], [entity(LEFT), entity(at=3)]]
    said = [[entity(LEFT), entity(at=3, label="ORG")], [entity(), entity(LEFT, at=3)]]
    scores = score(gold, said, 0)
    assert scores["gmner"] | {"low": None} == scores["eeg"] == {
        "f1": 0.5, "precision": 0.5, "recall": 0.5, "low": None, "high": None
    }  # fmt: skip
    assert [(scores[name]["f1"], scores[name]["support"]) for name in ("groundable", "ungroundable")] == [(0.5, 2)] * 2
    assert scores["types"]["ORG"] == {
        "f1": 1, "precision": 1, "recall": 1, "mner_f1": 1, "support": 1, "groundable": 0
    }  # fmt: skip
    assert scores["types"]["PER"]["f1"] == pytest.approx(1 / 3, abs=1e-4)
    assert (scores["types"]["PER"]["support"], scores["types"]["PER"]["groundable"]) == (3, 2)
    assert (scores["sentences"], scores["entities"], scores["groundable_entities"]) == (2, 4, 2)


def made_up(seed: int, sentences: int = 60) -> tuple[list, list]:
    """Gold and predictions that agree in part: of spans, types, boxes."""
    draw = random.Random(seed)

    def box() -> tuple:
        x, y = draw.randrange(6) / 10, draw.randrange(6) / 10
        return x, y, x + draw.choice((0.2, 0.4)), y + draw.choice((0.2, 0.4))

    gold, said = [], []
    for _ in range(sentences):
        true = [
            Grounded(
                at, at + draw.randint(1, 3), draw.choice("AB"), tuple(box() for _ in range(draw.choice((0, 1, 1, 3))))
            )
            for at in range(0, 12, 4)
            if draw.random() < 0.7
        ]
        guess = []
        for one in true:
            if draw.random() < 0.85:
                kept = one.boxes[:1] if draw.random() < 0.6 else draw.choice(((), (box(),)))
                label = one.label if draw.random() < 0.8 else draw.choice("AB")
                guess.append(Grounded(one.start, one.end + (draw.random() < 0.15), label, kept))
        if draw.random() < 0.3:
            guess.append(Grounded(13, 14, "A", ()))
        gold.append(true)
        said.append(guess)
    return gold, said


def assigned(true: list, said: list, fits) -> int:
    """The most predictions that can be given a gold entity each, by trying all ways."""
    few, many = sorted((true, said), key=len)
    swapped = few is said
    ways = permutations(many, len(few))
    return max(
        (sum(fits(b, a) if swapped else fits(a, b) for a, b in zip(few, way, strict=True)) for way in ways), default=0
    )


@pytest.mark.parametrize("seed", range(5))
def test_the_rule_of_released_scorers_gives_the_same_numbers(seed):
    """E2E-GMNER: predictions are assigned to gold one to one, as many as can be, where text, type and region agree."""
    gold, said = made_up(seed)
    rules = {
        "mner": lambda true, guess: true.label == guess.label,
        "eeg": lambda true, guess: right_region(true.boxes, guess.boxes),
        "gmner": lambda true, guess: true.label == guess.label and right_region(true.boxes, guess.boxes),
    }
    scores = score(gold, said, 0)
    total, there = sum(map(len, said)), sum(map(len, gold))
    for task, rule in rules.items():
        right = sum(
            assigned(
                true,
                guess,
                lambda a, b, rule=rule: (a.start, a.end) == (b.start, b.end) and rule(a, b),
            )
            for true, guess in zip(gold, said, strict=True)
        )
        assert 0 < right < min(total, there)
        assert scores[task]["precision"] == round(right / total, 4)
        assert scores[task]["recall"] == round(right / there, 4)
        assert scores[task]["f1"] == round(2 * right / (total + there), 4)


def test_mner_is_what_strict_tags_give_with_the_same_interval():
    gold, said = made_up(1)

    def tags(row: list) -> list[str]:
        sequence = ["O"] * 16
        for one in row:
            sequence[one.start : one.end] = [f"B-{one.label}", *[f"I-{one.label}"] * (one.end - one.start - 1)]
        return sequence

    of_tags = score_of_tags([tags(row) for row in gold], [tags(row) for row in said], 200)
    grounded = score(gold, said, 200)
    assert grounded["mner"] == {name: of_tags[name] for name in ("f1", "precision", "recall", "low", "high")}
    assert {label: one["mner_f1"] for label, one in grounded["types"].items()} == {
        label: one["f1"] for label, one in of_tags["types"].items()
    }
    assert grounded["gmner"]["low"] < grounded["gmner"]["f1"] < grounded["gmner"]["high"]
