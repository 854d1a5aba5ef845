"""Runs trained side by side are those that the dvc repro that follows takes over."""

import json
import shutil
import signal
import subprocess
import sys
import time

import pytest
import yaml

from tests.pipeline.project import RUN

pytestmark = pytest.mark.slow

CHILD, WRONG = "child", "wrong"


def test_what_was_trained_side_by_side_is_trained_no_more(prepared, tiny_encoder, tmp_path):
    project = prepared.copy(tmp_path / "project")
    shutil.copytree(tiny_encoder, project.folder / "encoder")
    variant = project.params["train"]["minilm"] | {"epochs": 2, "batch_size": 4}
    variant["architecture"] |= {"encoder": "encoder", "heads": 2, "latent": 4}
    runs = project.params["runs"]
    runs[CHILD] = runs[RUN] | {"from": RUN, "seed": 5}
    project.params["train"] = {"minilm": variant}
    runs[WRONG] = runs[RUN] | {"from": "missing"}
    project.write_params()

    with pytest.raises(AssertionError, match=r"error\[unknown-entry\](.|\n)*missing"):
        project.run("python", "-m", "mmner", "train-all")
    runs[WRONG] = runs[RUN] | {"from": WRONG}
    project.write_params()
    with pytest.raises(AssertionError, match=r"error\[bad-params\] runs.wrong: it starts from itself"):
        project.run("python", "-m", "mmner", "train-all")
    del runs[WRONG]
    project.write_params()
    project.forget_calls()
    said = project.run("python", "-m", "mmner", "train-all", "--device", "cpu", "--jobs", "2")
    assert f"train-all: {RUN} on cpu" in said
    assert f"train-all: {CHILD}: dev F1" in said
    assert project.calls("asked", "train")
    project.forget_calls()
    project.run("dvc", "repro", f"evaluate@{RUN}", f"evaluate@{CHILD}")
    assert not project.calls("asked", "train")
    about = json.loads((project.folder / "data/runs" / CHILD / "model/model.json").read_text())
    assert about["training"]["parent"]["run"] == RUN
    lock = yaml.safe_load((project.folder / "dvc.lock").read_text())["stages"]
    assert {f"train@{RUN}", f"train@{CHILD}"} <= set(lock)
    assert f"{RUN} on cpu" not in project.run("python", "-m", "mmner", "train-all", "--device", "cpu")
    assert not list((project.folder / ".dvc/tmp/train-all").iterdir())


def test_one_that_fails_is_named_when_the_others_are_done(prepared, tiny_encoder, tmp_path):
    project = prepared.copy(tmp_path / "project")
    shutil.copytree(tiny_encoder, project.folder / "encoder")
    variant = project.params["train"]["minilm"] | {"epochs": 1, "batch_size": 4}
    variant["architecture"] |= {"encoder": "encoder", "heads": 2, "latent": 4}
    odd = variant | {"architecture": variant["architecture"] | {"heads": 3}}
    project.params["train"] = {"minilm": variant, "odd": odd}
    runs = project.params["runs"]
    runs["a"], runs["b"] = runs[RUN] | {"train": "odd"}, runs[RUN] | {"from": "a"}
    project.write_params()
    pattern = (
        r"on cpu(.|\n)*sample-full: dev F1(.|\n)*train-all: a failed: (.|\n)*3 heads"
        r"(.|\n)*error\[train-failed\] runs.a: (.|\n)*3 heads(.|\n)*\(a, b failed\)"
    )
    with pytest.raises(AssertionError, match=pattern):
        project.run("python", "-m", "mmner", "train-all", "--jobs", "1")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_who_ends_it_ends_its_trainings_and_begins_no_other(number, prepared, tiny_encoder, tmp_path):
    project = prepared.copy(tmp_path / "project")
    shutil.copytree(tiny_encoder, project.folder / "encoder")
    variant = project.params["train"]["minilm"] | {"epochs": 5000, "batch_size": 4}
    variant["architecture"] |= {"encoder": "encoder", "heads": 2, "latent": 4}
    project.params["train"] = {"minilm": variant}
    runs = project.params["runs"]
    runs["second"], runs["third"] = runs[RUN] | {"seed": 2}, runs[RUN] | {"seed": 3}
    project.write_params()
    command = [sys.executable, "-m", "mmner", "train-all", "--jobs", "1", "--device", "cpu"]
    log = tmp_path / "log"
    with log.open("wb") as file:
        # A group of its own, in which the signal reaches it alone: no terminal tells its trainings.
        whole = subprocess.Popen(
            command, cwd=project.folder, env=project.environment, stderr=file, start_new_session=True
        )
        began = time.monotonic()
        while "on cpu" not in log.read_text():
            assert whole.poll() is None, log.read_text()
            assert time.monotonic() - began < 300, log.read_text()
            time.sleep(0.1)
        whole.send_signal(number)
        assert whole.wait(timeout=60) == 128 + number
    assert log.read_text().count("on cpu") == 1
    trainings = subprocess.run(["pgrep", "-g", str(whole.pid)], capture_output=True, text=True)
    assert trainings.stdout == ""
