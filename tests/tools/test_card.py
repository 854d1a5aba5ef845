"""The scores of a model card."""

import pytest

from mmner.evaluate.report import Evaluation, write
from mmner.tools.export import card
from tests.evaluate.rows import predicted_row

ROWS = [
    predicted_row("a", "test", ["B-PER", "O"], ["B-PER", "O"]),
    predicted_row("b", "test", ["B-ORG"], ["O"]),
    predicted_row("c", "dev", ["B-PER", "O", "O"], ["B-PER", "O", "B-PER"]),
]
PARAMS = {"runs": {"mine": {"preparation": "mine", "seed": 1}}}


@pytest.fixture
def scores(tmp_path, monkeypatch):
    """A function that evaluates `mine` on splits, and gives the lines of its card about that."""
    monkeypatch.chdir(tmp_path)

    def of(*splits):
        write(tmp_path / "data" / "runs" / "mine", ROWS, Evaluation(bootstrap=0, splits=list(splits)))
        return card.scores("mine", PARAMS, ["PER", "ORG"]).splitlines()

    return of


def test_types_are_the_model_s_labels_alone(scores):
    lines = scores("dev", "test")
    assert lines[-1] == "By type: PER 1.0000, ORG 0.0000."
    assert lines[0].startswith("Entity-level micro F1 on test, ")
    assert "| mine | 1 | 0.6667 |  | 1.0000 | 0.5000 | 0.6667 |" in lines


def test_a_run_that_was_scored_on_dev_alone_has_these_scores(scores):
    lines = scores("dev")
    assert lines[0].startswith("Entity-level micro F1 on dev, ")
    assert lines[-1] == "| mine | 1 | 0.6667 |  | 0.5000 | 1.0000 | 0.6667 |"
