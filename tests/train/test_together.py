"""Trainings over one store: two of one run at once, and two that differ in nothing but their encoder's weights."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from mmner.train.loop import Trainer
from mmner.train.run import train
from tests.fakes.tiny import same
from tests.train.preparation import places, prepare, run, train_anew, training

pytestmark = pytest.mark.slow

START = """
import sys
from pathlib import Path
from mmner.train.run import train
from tests.train.preparation import places, run, training
folder, prepared, encoder = map(Path, sys.argv[1:])
params = training({"encoder": str(encoder), "heads": 2}, epochs=30, save_minutes=0)
print("ready", flush=True)
sys.stdin.readline()
train(run(), params, "tweets", places(folder, prepared))
"""


def test_two_trainings_of_one_run_at_once_both_end_well_and_one_trains(own_store, tmp_path, tiny_encoder):
    prepared, clones = prepare(tmp_path / "prepared"), [tmp_path / "one", tmp_path / "two"]
    started = []
    for clone in clones:
        (clone / ".dvc").mkdir(parents=True)
        command = [sys.executable, "-c", START, clone, prepared, tiny_encoder]
        environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        started.append(subprocess.Popen(command, cwd=clone, env=environment, **pipes))
    for process in started:
        assert process.stdout.readline() == "ready\n"
    for process in started:
        process.stdin.write("\n")
        process.stdin.flush()
    told = [process.communicate(timeout=300) for process in started]
    assert [process.returncode for process in started] == [0, 0], told
    waited = [error for _, error in told if "another process trains this very model: waiting for it" in error]
    known = [out for out, _ in told if "was trained to its end before: no epoch is left" in out]
    assert (len(waited), len(known)) == (1, 1)
    assert same(*(load_file(clone / "mine/model/model.safetensors") for clone in clones))


def test_a_killed_training_is_not_gone_on_with_by_one_whose_encoder_has_other_weights(
    own_store, tmp_path, tiny_encoder, monkeypatch
):
    prepared, original = prepare(tmp_path / "prepared"), Trainer.step
    for name in ("one", "two"):
        shutil.copytree(tiny_encoder, tmp_path / name / "encoder")
    weights = load_file(tmp_path / "two/encoder/model.safetensors")
    torch.manual_seed(5)
    shaken = {name: value + 0.1 * torch.randn_like(value) for name, value in weights.items()}
    save_file(shaken, tmp_path / "two/encoder/model.safetensors", metadata={"format": "pt"})
    params = training({"encoder": "encoder", "heads": 2}, save_minutes=0)  # from each clone's own folder

    def dies(self, group):
        if self.progress.step == 4:
            raise KeyboardInterrupt
        return original(self, group)

    monkeypatch.chdir(tmp_path / "one")
    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "step", dies)
        with pytest.raises(KeyboardInterrupt):
            train(run(), params, "tweets", places(tmp_path / "one", prepared))
    monkeypatch.chdir(tmp_path / "two")
    train(run(), params, "tweets", places(tmp_path / "two", prepared))
    train_anew(run(), params, "tweets", places(tmp_path / "alone", prepared))
    assert same(*(load_file(tmp_path / name / "mine/model/model.safetensors") for name in ("two", "alone")))


def test_a_run_of_a_key_that_another_has_just_trained_trains_no_step(own_store, tmp_path, tiny_encoder, monkeypatch):
    prepared, params = prepare(tmp_path / "prepared"), training({"encoder": str(tiny_encoder), "heads": 2})
    (tmp_path / ".dvc").mkdir()
    monkeypatch.chdir(tmp_path)
    train(run(), params, "tweets", places(tmp_path, prepared))

    def step(self, group):
        raise AssertionError("it is trained, and waits for DVC to put it into its cache")

    monkeypatch.setattr(Trainer, "step", step)
    train(run(evaluate="f"), params, "tweets", places(tmp_path, prepared, name="other"))
    weights, others = (load_file(tmp_path / name / "model/model.safetensors") for name in ("mine", "other"))
    assert same(weights, others)
    assert json.loads((tmp_path / "other/model/model.json").read_text())["training"]["run"]["evaluate"] == "f"
