"""A disk that is full while a model is trained or written: it is said, and no epoch is lost."""

import subprocess

import pytest
from safetensors.torch import load_file

from mmner.base.errors import InputError
from mmner.train import finished
from mmner.train.loop import Trainer
from mmner.train.run import train
from tests.fakes.tiny import same
from tests.train.preparation import places, prepare, run, train_anew, training

pytestmark = pytest.mark.slow


@pytest.fixture
def small(tmp_path):
    """A folder on a file system of its own, with room for 4 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder], capture_output=True).returncode:
        pytest.skip("who isn't root can't mount")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)  # the store of a run that failed is open


@pytest.fixture
def about(tmp_path, tiny_encoder):
    params = training({"encoder": str(tiny_encoder), "heads": 2}, epochs=3, save_minutes=0)
    return run(), params, "tweets", prepare(tmp_path / "prepared")


def test_a_full_disk_between_steps_loses_none_that_was_kept(about, small, tmp_path, monkeypatch):
    *what, prepared = about
    train_anew(*what, places(tmp_path / "alone", prepared))
    monkeypatch.setenv("MMNER_STORE", str(small))
    where, original, steps = places(tmp_path / "runs", prepared), Trainer.step, []
    filler = small / "filler"

    def step(self, group):
        steps.append(self.progress.step)
        if steps == [0, 1, 2, 3, 4, 5]:  # the second epoch's end is about to be kept
            fill(filler)
        return original(self, group)

    monkeypatch.setattr(Trainer, "step", step)
    with pytest.raises(InputError, match="artifact-full.*no space left") as caught:
        train(*what, where)
    assert "goes on from the last state" in caught.value.remedy
    assert len(list((small / "resume").glob("*.pt"))) == 1
    assert not list((small / "resume").glob(".*.tmp"))
    filler.unlink()
    steps.clear()
    train(*what, where)
    assert steps[0] == 5  # of the steps before, none is trained again
    assert same(*(load_file(tmp_path / name / "mine/model/model.safetensors") for name in ("alone", "runs")))


def test_a_model_that_finds_no_room_is_written_later_without_an_epoch(about, small, own_store, monkeypatch):
    *what, prepared = about
    where = places(small, prepared)
    fill(small / "filler", leave=60_000)
    with pytest.raises(InputError, match="artifact-full.*no space left"):
        train(*what, where)
    assert len(list(finished.resume_folder().glob("*.pt"))) == 1
    (small / "filler").unlink()
    monkeypatch.setattr(Trainer, "step", None)  # none is taken
    train(*what, where)
    assert (where.model / "model.safetensors").is_file()


def fill(path, leave: int = 0) -> None:
    """Write to `path` until no byte is left on its disk, but for `leave`."""
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"0" * 4096)
        except OSError:
            file.truncate(max(file.tell() - leave, 0))
