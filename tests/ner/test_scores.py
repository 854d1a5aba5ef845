import random
import warnings

import pytest
from seqeval.metrics import classification_report, f1_score, precision_score, recall_score
from seqeval.metrics.sequence_labeling import get_entities
from seqeval.scheme import IOB2

from mmner.ner import iob
from mmner.ner.scores import score

GOLD = [["B-PER", "I-PER", "O", "B-LOC"], ["O", "B-ORG"], ["O"]]
PREDICTED = [["B-PER", "I-PER", "O", "B-ORG"], ["B-ORG", "B-ORG"], ["O"]]


def test_values_by_hand():
    scores = score(GOLD, PREDICTED)  # 2 right, 4 predicted, 3 to find
    assert (scores["precision"], scores["recall"], scores["f1"]) == (0.5, 0.6667, 0.5714)
    assert scores["types"]["PER"] == {"precision": 1.0, "recall": 1.0, "f1": 1.0, "support": 1}
    assert scores["types"]["ORG"] == {"precision": 0.3333, "recall": 1.0, "f1": 0.5, "support": 1}
    assert scores["types"]["LOC"]["f1"] == 0.0
    assert (scores["sentences"], scores["entities"]) == (3, 3)


@pytest.mark.parametrize("seed", range(20))
def test_agrees_with_seqeval_on_random_tags_legal_or_not(seed):
    source = random.Random(seed)
    inventory = iob.tags(["PER", "LOC", "ORG"])
    gold = [source.choices(inventory, k=source.randint(1, 12)) for _ in range(60)]
    predicted = [[t if source.random() < 0.7 else source.choice(inventory) for t in one] for one in gold]
    scores = score(gold, predicted)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        strict = {"mode": "strict", "scheme": IOB2}
        assert scores["f1"] == pytest.approx(f1_score(gold, predicted, **strict), abs=1e-4)
        assert scores["precision"] == pytest.approx(precision_score(gold, predicted, **strict), abs=1e-4)
        assert scores["recall"] == pytest.approx(recall_score(gold, predicted, **strict), abs=1e-4)
        assert scores["default_f1"] == pytest.approx(f1_score(gold, predicted), abs=1e-4)
        assert scores["default_entities"] == sum(map(len, map(get_entities, gold)))
        report = classification_report(gold, predicted, output_dict=True, **strict)
    assert set(scores["types"]) == {"PER", "LOC", "ORG"}
    for label, values in scores["types"].items():
        assert values["f1"] == pytest.approx(report[label]["f1-score"], abs=1e-4)
        assert values["support"] == report[label]["support"]


def test_an_illegal_prediction_is_right_for_the_default_mode_alone():
    scores = score([["B-PER", "O"]], [["I-PER", "O"]])
    assert (scores["f1"], scores["default_f1"]) == (0.0, 1.0)


def test_an_entity_that_gold_starts_with_i_is_one_for_the_default_mode_alone():
    gold, found = [["B-PER", "O", "I-ORG", "I-ORG"]], [["B-PER", "O", "B-ORG", "I-ORG"]]
    scores = score(gold, found)
    # Strictly 1 entity is there, 2 were found, 1 of them is right; by default 2, 2 and 2.
    assert (scores["precision"], scores["recall"], scores["f1"]) == (0.5, 1.0, 0.6667)
    assert (scores["entities"], scores["default_entities"], scores["default_f1"]) == (1, 2, 1.0)


@pytest.mark.parametrize("gold", [[], [[]], [["O", "O"]]])
def test_nothing_to_find_is_zero_and_quiet(gold):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scores = score(gold, gold)
    assert (scores["f1"], scores["default_f1"], scores["types"]) == (0.0, 0.0, {})


def test_the_interval_holds_the_score_and_narrows_with_more_sentences():
    few, many = score(GOLD * 10, PREDICTED * 10), score(GOLD * 400, PREDICTED * 400)
    for scores in (few, many):
        assert scores["low"] <= scores["f1"] <= scores["high"]
    assert many["high"] - many["low"] < (few["high"] - few["low"]) / 3
    assert score(GOLD * 10, PREDICTED * 10) == few
    assert score(GOLD, PREDICTED, bootstrap=0)["low"] is None


def test_a_perfect_prediction_has_an_interval_of_one_point():
    scores = score(GOLD[:2] * 5, GOLD[:2] * 5)
    assert (scores["f1"], scores["low"], scores["high"]) == (1.0, 1.0, 1.0)


def test_resamples_read_no_sentence_again(monkeypatch):
    read, spans = [], iob.spans
    monkeypatch.setattr(iob, "spans", lambda tags: read.append(tags) or spans(tags))
    score(GOLD, PREDICTED, bootstrap=0)
    once = len(read)
    assert once >= len(GOLD) + len(PREDICTED)
    score(GOLD, PREDICTED, bootstrap=1000)
    assert len(read) == 2 * once


def test_unequal_lengths_are_an_error():
    with pytest.raises(ValueError, match="sentence 0: 1 gold tags, 2 predicted"):
        score([["O"]], [["O", "O"]])
