"""Two processes train one model as one does: gloo, on a CPU."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import yaml

from mmner.base.errors import InputError
from mmner.train import ranks
from tests.fakes.tiny import same
from tests.train.committed import commit
from tests.train.preparation import prepare, run, training

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def found(tiny_encoder, tmp_path_factory) -> dict:
    """What one process finds, and what each of two does."""
    from tests.train.rank_program import measure

    two = tmp_path_factory.mktemp("two")
    runner = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    program = [*runner, "-m", "tests.train.rank_program", str(tiny_encoder), str(two)]
    subprocess.run(program, cwd=ROOT, check=True)
    alone = measure(str(tiny_encoder), tmp_path_factory.mktemp("one"))
    return {"one": alone, "two": [torch.load(two / f"{rank}.pt") for rank in (0, 1)]}


@pytest.mark.parametrize("group", ["batches", "single", "adversarial"])
def test_gradients_of_two_ranks_are_those_of_one_on_the_same_global_batch(group, found):
    alone = found["one"][group]
    for rank in found["two"]:
        assert rank[group]["loss"] == pytest.approx(alone["loss"], rel=1e-6)
        assert rank[group]["slopes"].keys() == alone["slopes"].keys()
        for name, slope in alone["slopes"].items():
            assert torch.allclose(rank[group]["slopes"][name], slope, rtol=1e-5, atol=1e-6), name


def test_two_ranks_reach_the_same_weights_and_the_dev_f1_of_one(found):
    one, (first, second) = found["one"]["fitted"], [rank["fitted"] for rank in found["two"]]
    assert same(first["weights"], second["weights"])
    assert (first["f1"], first["step"]) == (second["f1"], second["step"]) == (one["f1"], one["step"])
    # Not weight by weight: AdamW makes steps of what is rounding alone, such as the slopes of attention's key biases.
    apart, moved = (
        torch.cat([(one["weights"][name] - other[name]).flatten() for name in one["weights"]]).norm()
        for other in (first["weights"], one["start"])
    )
    assert apart < 0.01 * moved


def test_a_killed_training_of_two_ranks_goes_on_to_the_bit(found):
    for rank in found["two"]:
        assert same(rank["whole"], rank["resumed"])
        assert same(rank["whole"], rank["anew"])
    assert same(found["two"][0]["whole"], found["two"][1]["whole"])
    assert not same(found["one"]["whole"], found["two"][0]["whole"])  # ranks draw masks of their own


def test_shares_are_dealt_out_and_put_together(monkeypatch):
    shares = []
    for rank in ("0", "1", "2"):
        monkeypatch.setenv("RANK", rank)
        monkeypatch.setenv("WORLD_SIZE", "3")
        shares.append(ranks.share(range(7)))
    assert shares == [[0, 3, 6], [1, 4], [2, 5]]
    assert ranks.interleaved(shares) == list(range(7))


def test_how_many_processes_are_wanted_is_a_number(monkeypatch):
    monkeypatch.delenv(ranks.VARIABLE, raising=False)
    assert ranks.wanted() == 1
    monkeypatch.setenv(ranks.VARIABLE, "2")
    assert ranks.wanted() == 2
    for wrong in ("two", "0", "-1"):
        monkeypatch.setenv(ranks.VARIABLE, wrong)
        with pytest.raises(InputError, match="bad-environment"):
            ranks.wanted()


def test_the_stage_starts_as_many_processes_as_are_wanted_and_one_of_them_writes(tiny_encoder, tmp_path, monkeypatch):
    (tmp_path / ".dvc").mkdir()
    monkeypatch.chdir(tmp_path)
    prepared = prepare(tmp_path / "prepared")
    params = training({"encoder": str(tiny_encoder), "heads": 2}, epochs=1)
    everything = {
        "runs": {"mine": run().model_dump(by_alias=True) | {"from": "scratch", "remote": None}},
        "train": {"t": params.model_dump()},
        "preparations": {"p": {"corpus": "tweets", "candidates": "none", "remote": None}},
        "candidates": {"none": {"backend": "none"}},
        "corpora": {"tweets": {"images": None, "remote": None}},
    }
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(everything))
    asked = f"--run mine --prepared {prepared} --corpora raw --parent none --model model --live live"
    environment = os.environ | {ranks.VARIABLE: "2", "MMNER_STORE": str(tmp_path / "store")}
    said = []
    for _ in range(2):
        command = [sys.executable, ROOT / "stages/train.py", *asked.split()]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        said.append(done.stderr)
        about = json.loads(Path("model/model.json").read_text())
        commit(Path("model"))
        shutil.rmtree("model")  # as DVC does before it runs a stage
    assert said[0].count("train: dev F1") == 1
    assert "known, no epoch trained" not in said[0]
    assert said[1].count("known, no epoch trained") == 1
    assert about["training"]["epoch"] == 1
