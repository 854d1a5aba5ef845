"""Each entity gets the region that names it; a threshold from dev, and scores where the corpus has gold boxes."""

import json

import pytest

from mmner.evaluate import grounding
from mmner.evaluate.report import Evaluation, write
from mmner.rows import parquet
from tests.evaluate.rows import predicted_row

SIGN, ELSEWHERE = {"x0": 0.0, "y0": 0.0, "x1": 0.5, "y1": 0.5}, {"x0": 0.5, "y0": 0.5, "x1": 1.0, "y1": 1.0}
TAGS = ["B-PER", "I-PER", "O", "B-LOC"]
TOKENS = ["Mira", "Park", "in", "Oslo"]


def region(text, box=SIGN) -> dict:
    return {"expression": text, "label": text, "score": 0.9, "box": box}


def row(name, split, predicted=TAGS) -> dict:
    return predicted_row(name, split, TAGS, predicted) | {"tokens": TOKENS}


@pytest.fixture
def prepared(tmp_path):
    """dev and test alike: Mira Park is on the sign, Oslo can't be seen, and a region has half of a name."""
    ids = ["dev-0", "test-0", "test-1"]
    regions = [[region("Mira Park"), region("the Park", ELSEWHERE)]] * 2 + [None]
    seen = [{"start": 0, "end": 2, "boxes": [SIGN]}]
    columns = {
        "regions": [{"regions": value, "error": None} for value in regions],
        "chains": [{"steps": [], "error": None}] * 3,
        "boxes": [{"entities": seen}, {"entities": seen}, {"entities": []}],
    }
    for name, rows in columns.items():
        of_ids = [{"id": post, **one} for post, one in zip(ids, rows, strict=True)]
        parquet.write(tmp_path / f"{name}.parquet", name, of_ids)
    return tmp_path


def test_entities_get_regions_and_scores_on_predicted_and_on_gold_spans(prepared):
    said = ["B-ORG", "I-ORG", "O", "O"]
    found = grounding.ground([row("dev-0", "dev"), row("test-0", "test", said), row("test-1", "test")], prepared, 0)
    first, second, third = found.rows
    kept = {"score": 1.0, "kept": True, "expression": "Mira Park", "box": [SIGN], "boxes": []}
    kept |= {"scores": [1.0, 0.3]}  # of "the Park" half a name
    assert second["predicted"] == [{"start": 0, "end": 2, "label": "ORG", **kept}]
    assert first["gold"][0] == {"start": 0, "end": 2, "label": "PER", **kept, "boxes": [SIGN]}
    assert [one["kept"] for one in first["gold"]] == [True, False]
    assert third["predicted"][1] == {
        "start": 3, "end": 4, "label": "LOC", "score": 0, "kept": False, "expression": None, "box": [], "boxes": [],
        "scores": [],
    }  # fmt: skip
    assert {task: found.scores["test"][task]["f1"] for task in ("mner", "eeg", "gmner")} == {
        "mner": round(4 / 7, 4), "eeg": round(6 / 7, 4), "gmner": round(4 / 7, 4)
    }  # fmt: skip
    assert found.scores["test"]["gold_spans"]["eeg"]["f1"] == 1
    assert found.scores["dev"]["gold_spans"]["groundable_entities"] == 1


def test_the_threshold_is_devs_and_test_does_not_move_it(prepared):
    parquet.write(
        prepared / "regions.parquet",
        "regions",
        [
            {"id": "dev-0", "regions": [region("the Park")], "error": None},
            {"id": "test-0", "regions": [region("Mira Park")], "error": None},
        ],
    )
    strict = grounding.ground([row("dev-0", "dev"), row("test-0", "test")], prepared, 0)
    assert strict.threshold == pytest.approx(0.15)  # half of the word score of dev's only region, which is right
    parquet.write(
        prepared / "regions.parquet",
        "regions",
        [{"id": "dev-0", "regions": [region("the Park", ELSEWHERE)], "error": None}],
    )
    assert grounding.ground([row("dev-0", "dev"), row("test-0", "test")], prepared, 0).threshold > 1


def test_the_threshold_lies_between_scores_that_are_neighbours_as_stored(prepared):
    learnt = {"dev-0": {(0, 2): [0.9995], (3, 4): [0.9994]}}
    boxes = [{"start": 0, "end": 2, "boxes": [SIGN]}, {"start": 3, "end": 4, "boxes": []}]
    kept = parquet.read(prepared / "boxes.parquet", "boxes")
    rows = [one | {"entities": boxes} if one["id"] == "dev-0" else one for one in kept]
    parquet.write(prepared / "boxes.parquet", "boxes", rows)
    seen = [{"id": one["id"], "regions": [region("a park")], "error": None} for one in kept]
    parquet.write(prepared / "regions.parquet", "regions", seen)
    found = grounding.ground([row("dev-0", "dev")], prepared, 0, learnt)
    assert found.threshold == 0.99945
    assert [one["kept"] for one in found.rows[0]["gold"]] == [True, False]


def test_a_model_of_its_own_scores_instead_of_words(prepared):
    found = grounding.ground([row("dev-0", "dev")], prepared, 0, {"dev-0": {(0, 2): [0.1, 0.7], (3, 4): [0.1, 0.7]}})
    assert [one["expression"] for one in found.rows[0]["predicted"]] == ["the Park", "the Park"]


def test_a_corpus_without_boxes_has_regions_and_no_scores(prepared, tmp_path):
    (prepared / "boxes.parquet").unlink()
    found = grounding.ground([row("dev-0", "dev")], prepared, 0)
    assert (found.scores, found.metrics(), found.rows[0]["gold"]) == ({}, {}, None)
    assert found.rows[0]["predicted"][0]["kept"]
    write(tmp_path / "run", [row("dev-0", "dev")], Evaluation(bootstrap=0), grounded=found)
    assert "grounding" not in json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert json.loads((tmp_path / "run" / "grounding.json").read_text()) == {"threshold": found.threshold}


def test_files_hold_all_scores_and_metrics_their_totals(prepared, tmp_path):
    rows = [row("dev-0", "dev"), row("test-0", "test")]
    found = grounding.ground(rows, prepared, 20)
    write(tmp_path / "run", rows, Evaluation(bootstrap=20, splits=["dev", "test"]), grounded=found)
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())["grounding"]
    assert (metrics["gmner_f1"], metrics["eeg_f1"], metrics["mner_f1"]) == (1, 1, 1)
    assert metrics["dev_gold_spans_f1"] == metrics["gold_spans_high"] == 1
    assert all(not isinstance(value, (dict, list)) for value in metrics.values())
    whole = json.loads((tmp_path / "run" / "grounding.json").read_text())
    assert whole["test"]["types"]["PER"]["groundable"] == 1
    assert parquet.read(tmp_path / "run" / "grounded.parquet", "grounded")[1]["gold"][0]["boxes"] == [SIGN]
    assert "1 of 2 entities have a box, MNER 1.0000 (" in grounding.line("test", found.scores["test"])
