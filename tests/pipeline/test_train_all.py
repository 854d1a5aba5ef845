"""Runs trained side by side are those that the dvc repro that follows takes over."""

import json
import shutil

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
    assert not list((project.folder / ".dvc/mmner/train-all").iterdir())


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
