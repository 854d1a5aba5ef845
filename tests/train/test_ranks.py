"""Two processes train one model as one does: gloo, on a CPU."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from mmner.base.errors import InputError
from mmner.train import ranks
from tests.fakes.tiny import same

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


@pytest.mark.parametrize("group", ["batches", "single"])
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
    for name, weight in one["weights"].items():
        assert torch.allclose(first["weights"][name], weight, atol=1e-4), name


def test_a_killed_training_of_two_ranks_goes_on_to_the_bit(found):
    for rank in found["two"]:
        assert same(rank["whole"], rank["resumed"])
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
