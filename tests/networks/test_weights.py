"""Weights: what is refused, and what identifies them."""

import os
import socketserver
import threading

import pytest
import torch
from transformers import AutoTokenizer

from mmner.base.errors import InputError
from mmner.networks import encoders, weights

pytestmark = pytest.mark.usefixtures("module_store")


@pytest.fixture
def pickled(tmp_path, tiny_encoder):
    """The tiny encoder with its weights in a pickle, as old models have them."""
    from safetensors.torch import load_file

    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        (tmp_path / name).write_bytes((tiny_encoder / name).read_bytes())
    torch.save(load_file(tiny_encoder / "model.safetensors"), tmp_path / "pytorch_model.bin")
    return tmp_path


def load(folder, **params):
    from transformers import AutoModel

    return weights.network(AutoModel, weights.WeightsParams(weights=str(folder), **params))


def test_a_pickle_is_refused_unless_allowed(pickled):
    with pytest.raises(InputError, match="pickle-weights.*pytorch_model.bin"):
        load(pickled)
    assert load(pickled, allow_pickle=True).config.model_type == "bert"


def test_a_text_encoder_in_a_pickle_is_refused_unless_allowed(pickled):
    with pytest.raises(InputError, match="pickle-weights"):
        encoders.network(str(pickled))
    assert encoders.network(str(pickled), allow_pickle=True).config.model_type == "bert"


def test_a_pickle_beside_safetensors_is_not_read(pickled, tiny_encoder):
    (pickled / "pytorch_model.bin").write_bytes(b"no pickle at all")
    (pickled / "model.safetensors").write_bytes((tiny_encoder / "model.safetensors").read_bytes())
    assert load(pickled).config.model_type == "bert"


def test_identity_follows_the_pickle_where_it_is_read(pickled):
    before = weights.identity(str(pickled), allow_pickle=True)
    (pickled / "pytorch_model.bin").write_bytes(b"changed")
    assert weights.identity(str(pickled), allow_pickle=True) != before


@pytest.mark.parametrize("how", ["written over", "put in its place"])
def test_another_fine_tuning_of_the_same_size_and_time_is_told_apart(pickled, tmp_path, how):
    file = pickled / "tokenizer.json"
    before, stat = weights.identity(str(pickled)), file.stat()
    other = file if how == "written over" else tmp_path / "other"
    other.write_bytes(file.read_bytes().swapcase())
    os.utime(other, ns=(stat.st_atime_ns, stat.st_mtime_ns))  # as rsync -a does
    os.replace(other, file)
    assert (file.stat().st_size, file.stat().st_mtime_ns) == (stat.st_size, stat.st_mtime_ns)
    assert weights.identity(str(pickled)) != before


def test_a_name_on_the_hub_is_known_by_its_revision():
    assert weights.identity("some/model", "abc") == "some/model@abc"
    assert weights.identity("some/model") == "some/model"


def test_missing_weights_are_named(tmp_path):
    with pytest.raises(InputError, match="no-weights"):
        load(tmp_path)


def test_a_hub_that_does_not_answer_is_asked_once(monkeypatch):
    asked = []

    class HangsUp(socketserver.BaseRequestHandler):
        def handle(self):
            asked.append(self.request.recv(1000).split(b"\r\n")[0])

    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    with socketserver.TCPServer(("127.0.0.1", 0), HangsUp) as hub:
        threading.Thread(target=hub.serve_forever, args=(0.01,), daemon=True).start()
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", f"http://127.0.0.1:{hub.server_address[1]}")
        with pytest.raises(InputError, match="no-weights.*does not answer"):
            weights.from_pretrained(AutoTokenizer, "nobody/has-this")
        hub.shutdown()
    assert len([line for line in asked if b"nobody/has-this" in line]) == 1  # its client may ask about other things
