"""Runs that start from others, in the real dvc.yaml."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.pipeline.graph import ROOT


@pytest.fixture
def dvc(tmp_path):
    """dvc(runs, *arguments) -> what dvc does with the real dvc.yaml and these `runs`."""
    shutil.copy(ROOT / "dvc.yaml", tmp_path)
    command = Path(sys.executable).with_name("dvc")
    environment = {"PATH": "", "DVC_NO_ANALYTICS": "1", "HOME": str(tmp_path)}

    def run(runs, *arguments):
        params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
        common = next(iter(params["runs"].values()))
        params["runs"] = {name: {**common, **other} for name, other in runs.items()}
        for entry in params["runs"].values():
            if entry["from"] is None:
                del entry["from"]
        (tmp_path / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
        asked = [str(command), *arguments]
        return subprocess.run(asked, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    run({}, "init", "--no-scm", "-q")
    return run


def test_a_run_is_trained_after_the_run_that_it_starts_from(dvc):
    done = dvc({"second": {"from": "first"}, "first": {}}, "dag", "--mermaid", "train@second")
    nodes = dict(re.findall(r'(node\d+)\["(.+?)"\]', done.stdout))
    arrows = {(nodes[one], nodes[other]) for one, other in re.findall(r"(node\d+)-->(node\d+)", done.stdout)}
    assert ("train@first", "train@second") in arrows, done.stderr
    assert not any(target == "train@first" and source.startswith("train") for source, target in arrows)


def test_a_run_without_the_key_is_an_error_that_names_both(dvc):
    done = dvc({"first": {"from": None}}, "dag", "train@first")
    assert done.returncode != 0
    assert "train@first" in done.stderr
    assert "item.from" in done.stderr


def test_scratch_is_a_folder_in_git_and_no_run_may_be_called_so(tmp_path):
    listed = subprocess.run(["git", "ls-files", "data/runs"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert listed.stdout.split() == ["data/runs/scratch/model/README.md"]
    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    params["runs"]["scratch"] = next(iter(params["runs"].values()))
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
    named = ["run", "prepared", "corpora", "parent", "model", "live"]
    command = [sys.executable, str(ROOT / "stages" / "train.py")]
    command += [part for name in named for part in (f"--{name}", "scratch")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "no run may be called scratch" in done.stderr
