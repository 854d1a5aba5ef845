"""Folders of checkpoints: what is refused, what is read, and what identifies them."""

import pytest
import torch
from safetensors.torch import save_file

from mmner.base.errors import InputError
from mmner.networks import checkpoints

pytestmark = pytest.mark.usefixtures("module_store")


@pytest.mark.parametrize("name", ["model.pth", "encoder/pytorch_model.bin", "config.py"])
def test_what_runs_code_is_refused_at_any_depth_unless_allowed(tmp_path, name):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).touch()
    (tmp_path / "model.safetensors").touch()
    with pytest.raises(InputError, match=f"pickle-weights.*{name}"):
        checkpoints.check(str(tmp_path), allow_pickle=False)
    checkpoints.check(str(tmp_path), allow_pickle=True)


def test_safetensors_come_before_a_pickle(tmp_path):
    save_file({"a": torch.ones(2)}, tmp_path / "model.safetensors")
    (tmp_path / "model.pth").write_bytes(b"no pickle at all")
    assert checkpoints.load_tensors(str(tmp_path), "model")["a"].tolist() == [1, 1]


def test_a_pickle_holds_its_tensors_as_they_are_or_under_a_key(tmp_path):
    torch.save({"a": torch.ones(2)}, tmp_path / "plain.pth")
    torch.save({"model": {"a": torch.ones(2)}, "epoch": 3}, tmp_path / "keyed.pth")
    for stem in ("plain", "keyed"):
        assert list(checkpoints.load_tensors(str(tmp_path), stem, "model")) == ["a"]


def test_a_missing_checkpoint_is_named(tmp_path):
    with pytest.raises(InputError, match="no-weights.*model.safetensors.*model.pth"):
        checkpoints.load_tensors(str(tmp_path), "model")


def test_a_checkpoint_of_another_network_is_refused():
    network = torch.nn.Linear(2, 3)
    with pytest.raises(InputError, match="no tensor of the checkpoint"):
        checkpoints.load_state(network, {"other": torch.ones(2)}, "here")
    with pytest.raises(InputError, match="size mismatch"):
        checkpoints.load_state(network, {"weight": torch.ones(2, 3)}, "here")
    checkpoints.load_state(network, {"weight": torch.ones(3, 2), "other": torch.ones(2)}, "here")
    assert network.weight.tolist() == [[1, 1]] * 3


def test_identity_is_of_the_files_at_any_depth_not_of_their_place(tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        (folder / "encoder").mkdir(parents=True)
        (folder / "encoder" / "vocab.txt").write_text("a")
        (folder / "model.yaml").write_text("model: {}")
    assert checkpoints.identity(str(one)) == checkpoints.identity(str(other))
    (other / "encoder" / "vocab.txt").write_text("b")
    assert checkpoints.identity(str(one)) != checkpoints.identity(str(other))
    with pytest.raises(InputError, match="no-weights"):
        checkpoints.identity(str(tmp_path / "gone"))
