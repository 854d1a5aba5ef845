"""Live metrics, wherever the training runs."""

import json
import subprocess

import pytest

from mmner.train import history


@pytest.mark.parametrize("repository", ["none", "without a commit"])
def test_metrics_are_told_without_a_commit(tmp_path, monkeypatch, repository):
    """Live asks git for the last commit, and fails where there is none."""
    monkeypatch.chdir(tmp_path)
    if repository != "none":
        subprocess.run(["git", "init", "-q"], check=True)
    with history.live(tmp_path / "live") as live:
        history.tell(live, 1, {"dev/f1": 0.5})
        live.make_summary()
    assert json.loads((tmp_path / "live/metrics.json").read_text())["dev"]["f1"] == 0.5
