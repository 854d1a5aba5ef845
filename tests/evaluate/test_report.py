import json

from mmner.evaluate.report import Evaluation, line, write
from mmner.rows import parquet
from tests.evaluate.rows import predicted_row as _row

ROWS = [
    _row("a", "test", ["B-PER", "O"], ["B-PER", "O"], ["image"]),
    _row("b", "test", ["B-ORG"], ["O"]),
]
DEV = _row("c", "dev", ["B-PER", "O", "O"], ["B-PER", "O", "B-PER"], ["image", "chain"])
BOTH = {"bootstrap": 0, "splits": ["dev", "test"]}


def test_metrics_are_one_flat_object_and_plots_a_row_a_type(tmp_path):
    write(tmp_path, ROWS, Evaluation(bootstrap=100, splits=["test"]))
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert all(not isinstance(value, (dict, list)) for value in metrics.values())
    assert (metrics["precision"], metrics["recall"], metrics["f1"]) == (1.0, 0.5, 0.6667)
    assert (metrics["PER_f1"], metrics["ORG_f1"]) == (1.0, 0.0)
    assert metrics["low"] <= metrics["f1"] <= metrics["high"]
    types = json.loads((tmp_path / "types.json").read_text())
    assert [row["type"] for row in types] == ["ORG", "PER"]
    assert types[0]["support"] == 1


def test_predictions_are_kept_in_order(tmp_path):
    write(tmp_path, ROWS, Evaluation(**BOTH))
    found = parquet.read(tmp_path / "predictions.parquet", "predictions")
    assert [(row["id"], row["predicted"]) for row in found] == [("a", ["B-PER", "O"]), ("b", ["O"])]


def test_the_same_predictions_leave_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        write(tmp_path / name, ROWS, Evaluation(bootstrap=50, splits=["test"]))
    for file in ("metrics.json", "types.json", "predictions.parquet"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_the_line_says_the_interval_only_where_there_is_one(tmp_path):
    with_interval = line("test", write(tmp_path, ROWS, Evaluation(bootstrap=50, splits=["test"]))["test"])
    assert "strict F1 0.6667 (" in with_interval
    assert "strict F1 0.6667, precision" in line("test", write(tmp_path, ROWS, Evaluation(**BOTH))["test"])


def test_dev_is_scored_in_any_case_and_test_where_it_is_asked_for(tmp_path):
    write(tmp_path, [DEV], Evaluation(bootstrap=0))
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert "f1" not in metrics
    assert (metrics["dev_f1"], metrics["dev_precision"], metrics["dev_recall"]) == (0.6667, 0.5, 1.0)
    write(tmp_path, [DEV, *ROWS], Evaluation(**BOTH))
    both = json.loads((tmp_path / "metrics.json").read_text())
    assert (both["f1"], both["recall"], both["dev_f1"]) == (0.6667, 0.5, 0.6667)
    assert [row["type"] for row in json.loads((tmp_path / "types.json").read_text())] == ["ORG", "PER"]


def test_parts_say_how_posts_with_and_without_each_are_scored(tmp_path):
    write(tmp_path, [DEV, *ROWS], Evaluation(**BOTH))
    parts = json.loads((tmp_path / "parts.json").read_text())
    assert parts["test"]["image"] == {
        "with": {"sentences": 1, "entities": 1, "f1": 1.0, "precision": 1.0, "recall": 1.0},
        "without": {"sentences": 1, "entities": 1, "f1": 0.0, "precision": 0.0, "recall": 0.0},
    }
    assert parts["dev"]["chain"]["with"]["sentences"] == 1
    assert parts["dev"]["fact"]["with"]["sentences"] == 0
