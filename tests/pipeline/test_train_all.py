"""Runs trained side by side are those that the dvc repro that follows takes over."""

import json
import os
import shutil
import signal

import pytest
import yaml

from tests.pipeline.processes import begun, members, wait_until
from tests.pipeline.project import RUN

pytestmark = pytest.mark.slow

CHILD, WRONG = "child", "wrong"
TRAIN_ALL = "train-all", "--device", "cpu"


def test_what_was_trained_side_by_side_is_trained_no_more(prepared, tiny_encoder, tmp_path):
    project = prepared.with_tiny_encoder(tmp_path / "project", tiny_encoder, epochs=2)
    runs = project.params["runs"]
    runs[CHILD] = runs[RUN] | {"from": RUN, "seed": 5}
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
    project = prepared.with_tiny_encoder(tmp_path / "project", tiny_encoder, epochs=1)
    variant = project.params["train"]["minilm"]
    odd = variant | {"architecture": variant["architecture"] | {"heads": 3}}
    project.params["train"]["odd"] = odd
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
    project = prepared.with_tiny_encoder(tmp_path / "project", tiny_encoder, epochs=5000)
    runs = project.params["runs"]
    runs["second"], runs["third"] = runs[RUN] | {"seed": 2}, runs[RUN] | {"seed": 3}
    project.write_params()
    with begun(project, tmp_path / "log", *TRAIN_ALL, "--jobs", "1") as (whole, said):
        wait_until(lambda: "on cpu" in said(), whole, said)
        whole.send_signal(number)
        assert whole.wait(timeout=60) == 128 + number
        assert said().count("on cpu") == 1
        assert members(whole) == []


def test_who_ends_it_ends_the_stage_before_the_trainings_too(prepared, tmp_path):
    project = prepared.copy(tmp_path / "project")
    for path in (".dvc/mmner", ".dvc/cache", "data/prepared"):
        shutil.rmtree(project.folder / path)
    (project.folder / "dvc.lock").unlink()
    with begun(project, tmp_path / "log", *TRAIN_ALL) as (whole, said):
        wait_until(lambda: any("stages/captions.py" in command for command in members(whole)), whole, said)
        whole.send_signal(signal.SIGTERM)
        assert whole.wait(timeout=60) == 128 + signal.SIGTERM
        assert members(whole) == []


def test_one_that_is_killed_or_finds_no_place_for_its_model_ends_no_other(prepared, tiny_encoder, tmp_path):
    project = prepared.with_tiny_encoder(tmp_path / "project", tiny_encoder, epochs=1)
    variant = project.params["train"]["minilm"]
    project.params["train"]["long"] = variant | {"epochs": 5000}
    runs = project.params["runs"]
    runs["long"] = runs[RUN] | {"train": "long"}
    project.write_params()
    with begun(project, tmp_path / "log", *TRAIN_ALL, "--jobs", "2") as (whole, said):
        wait_until(lambda: said().count("on cpu") == 2, whole, said)
        cache = project.folder / ".dvc/cache/files/md5"
        cache.rename(cache.with_name("away"))
        cache.write_text("in the way")
        wait_until(lambda: f"{RUN} failed: " in said(), whole, said)
        (training,) = (command for command in members(whole) if "--run long" in command)
        os.kill(int(training.split()[0]), signal.SIGKILL)
        assert whole.wait(timeout=60) == 1
    assert "Not a directory" in said()
    assert "long failed: " in said()
    assert "killed by SIGKILL, as where memory runs out" in said()
    assert f"({RUN}, long failed)" in said()
