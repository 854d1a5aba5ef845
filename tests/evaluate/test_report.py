import json

from mmner.evaluate.report import Evaluation, line, write
from mmner.rows import parquet

ROWS = [
    {"id": "a", "tokens": ["x", "y"], "gold": ["B-PER", "O"], "predicted": ["B-PER", "O"], "confidence": [0.9, 0.8]},
    {"id": "b", "tokens": ["z"], "gold": ["B-ORG"], "predicted": ["O"], "confidence": [0.5]},
]


def test_metrics_are_one_flat_object_and_plots_a_row_a_type(tmp_path):
    write(tmp_path, ROWS, Evaluation(bootstrap=100))
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert all(not isinstance(value, (dict, list)) for value in metrics.values())
    assert (metrics["precision"], metrics["recall"], metrics["f1"]) == (1.0, 0.5, 0.6667)
    assert (metrics["PER_f1"], metrics["ORG_f1"]) == (1.0, 0.0)
    assert metrics["low"] <= metrics["f1"] <= metrics["high"]
    types = json.loads((tmp_path / "types.json").read_text())
    assert [row["type"] for row in types] == ["ORG", "PER"]
    assert types[0]["support"] == 1


def test_predictions_are_kept_in_order(tmp_path):
    write(tmp_path, ROWS, Evaluation(bootstrap=0))
    found = parquet.read(tmp_path / "predictions.parquet", "predictions")
    assert [(row["id"], row["predicted"]) for row in found] == [("a", ["B-PER", "O"]), ("b", ["O"])]


def test_the_same_predictions_leave_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        write(tmp_path / name, ROWS, Evaluation(bootstrap=50))
    for file in ("metrics.json", "types.json", "predictions.parquet"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_the_line_says_the_interval_only_where_there_is_one(tmp_path):
    with_interval = line(write(tmp_path, ROWS, Evaluation(bootstrap=50)))
    assert "strict F1 0.6667 (" in with_interval
    assert "strict F1 0.6667, precision" in line(write(tmp_path, ROWS, Evaluation(bootstrap=0)))
