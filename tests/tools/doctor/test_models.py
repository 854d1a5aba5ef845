"""Where weights are, whether they are whole and safe, and what they take, without loading them."""

import json
import os
import shutil
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import torch
from safetensors.torch import load_file, save_file

from mmner.base.requirements import Weights
from mmner.networks import encoders
from mmner.tools.doctor import machine
from mmner.tools.doctor.models import weights
from tests.tools.doctor.places import SMALL

GPU = machine.Machine(16, 64 * 10**9, 60 * 10**9, "GPU", 24 * 10**9, 23 * 10**9, True, True)


@pytest.fixture
def folder(tmp_path, tiny_encoder):
    return shutil.copytree(tiny_encoder, tmp_path / "weights")


def test_a_saved_folder_is_well_and_its_parameters_are_counted(folder, context):
    count = sum(weight.numel() for weight in load_file(folder / "model.safetensors").values())
    found = weights(Weights(str(folder), use="train"), context())
    assert (found.status, f"{count / 1e6:.1f} M" in found.message, "on disk" in found.message) == ("ok", True, True)


def test_the_embedded_encoder_is_found_in_its_package(context):
    found = weights(Weights(encoders.MINILM), context())
    assert (found.status, "22.7 M" in found.message) == ("ok", True)
    unknown = weights(Weights("embedded:all-MaxiLM"), context())
    assert (unknown.status, "unknown-encoder" in unknown.message) == ("FAIL", True)


def test_a_pickle_alone_is_refused_unless_allowed(folder, context):
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    refused = weights(Weights(str(folder)), context())
    assert (refused.status, "pickle-weights" in refused.message) == ("FAIL", True)
    assert weights(Weights(str(folder), allow_pickle=True), context()).status == "ok"


@pytest.mark.parametrize("damage", ["cut", "pointer", "config", "weights", "shard"])
def test_a_folder_that_is_not_whole_fails(folder, context, damage):
    file = folder / "model.safetensors"
    if damage == "cut":
        file.write_bytes(file.read_bytes()[:-1])
    elif damage == "pointer":
        file.write_text("version https://git-lfs.github.com/spec/v1\n")
    elif damage == "shard":
        index = {"weight_map": {"a": "model.safetensors", "b": "model-2.safetensors"}}
        (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    else:
        (folder / {"config": "config.json", "weights": "model.safetensors"}[damage]).unlink()
    found = weights(Weights(str(folder)), context())
    assert found.status == "FAIL"
    assert found.remedy
    assert {"shard": "model-2.safetensors", "config": "config.json"}.get(damage, "safetensors") in found.message


@pytest.mark.parametrize("file", ["model.safetensors", "config.json", "tokenizer.json"])
@pytest.mark.parametrize("odd", ["pipe", "folder", "loop"])
def test_what_is_no_file_is_named_and_nobody_waits_for_it(folder, context, file, odd):
    (folder / file).unlink()
    {"pipe": os.mkfifo, "folder": os.mkdir, "loop": lambda path: os.symlink(file, path)}[odd](folder / file)
    found = weights(Weights(str(folder), text=True), context())
    assert (found.status, file in found.message, file in found.remedy) == ("FAIL", True, True)


@pytest.fixture
def hub(monkeypatch, tmp_path):
    """hub(files) -> address of a hub that has one model, `some/model`, of these files (name -> size)."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    servers = []

    def start(files: dict[str, int], parameters: int | None = None) -> str:
        listed = {"id": "some/model", "siblings": [{"rfilename": name, "size": size} for name, size in files.items()]}
        if parameters:
            listed["safetensors"] = {"parameters": {"F32": parameters}, "total": parameters}

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                known = self.path.startswith("/api/models/some/model")
                content = json.dumps(listed if known else {"error": "Repository not found"}).encode()
                self.send_response(200 if known else 404)
                if not known:
                    self.send_header("X-Error-Code", "RepoNotFound")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        servers.append(HTTPServer(("127.0.0.1", 0), Handler))
        threading.Thread(target=servers[-1].serve_forever, args=(0.01,), daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_a_model_of_the_hub_is_told_with_its_size(hub, context):
    place = context(hub=hub({"config.json": 10, "a.safetensors": 3 * 10**9, "pytorch_model.bin": 9 * 10**9}, 10**9))
    found = weights(Weights("some/model", use="run"), place)
    assert (found.status, found.download) == ("ok", 3 * 10**9)
    assert "3.0 GB to fetch" in found.message
    assert "1000.0 M parameters" in found.message
    assert weights(Weights("some/other"), place).status == "FAIL"


def test_a_model_of_the_hub_in_a_pickle_is_refused_before_it_is_fetched(hub, context):
    place = context(hub=hub({"config.json": 10, "pytorch_model.bin": 9}))
    refused = weights(Weights("some/model"), place)
    assert (refused.status, "pickle-weights" in refused.message) == ("FAIL", True)
    assert weights(Weights("some/model", allow_pickle=True), place).status == "ok"


def test_a_model_in_the_cache_needs_no_hub(hub, context, folder, tmp_path):
    there = tmp_path / "cache" / "models--some--model"
    (there / "refs").mkdir(parents=True)
    (there / "refs" / "main").write_text("abc")
    shutil.copytree(folder, there / "snapshots" / "abc")
    found = weights(Weights("some/model"), context())
    assert (found.status, "cache" in found.message) == ("ok", True)
    assert weights(Weights("some/model", revision="def"), context()).status == "FAIL"


def test_a_hub_that_does_not_answer_or_may_not_be_asked_fails(hub, context, silent, monkeypatch):
    assert "does not answer" in weights(Weights("some/model"), context()).message
    assert "does not answer" in weights(Weights("some/model"), context(hub=silent, timeout=0.2)).message
    assert "no name" in weights(Weights("./some/where/else"), context()).message
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert "HF_HUB_OFFLINE" in weights(Weights("some/model"), context()).message


def test_a_network_too_large_for_the_gpu_fails_and_one_for_the_cpu_warns():
    need = Weights("large", use="train")
    assert machine.memory_for(need, 10**9, GPU).status == "ok"
    assert machine.memory_for(need, 2 * 10**9, GPU).status == "FAIL"
    assert machine.memory_for(need, 2 * 10**9, SMALL).status == "warn"


def test_half_precision_halves_the_weights_that_are_kept_in_it():
    assert "16.0 GB to run on the GPU, bf16" in machine.memory_for(Weights("b", use="half"), 8 * 10**9, GPU).message
    assert "32.0 GB to run on the GPU, bf16" in machine.memory_for(Weights("b", use="run"), 8 * 10**9, GPU).message
    assert "on the CPU, float32" in machine.memory_for(Weights("b", use="half"), 8 * 10**9, SMALL).message
    assert "on the CPU, float32" in machine.memory_for(Weights("b"), 10**6, GPU).message


def test_a_sharded_folder_counts_each_shard(tmp_path, context):
    (tmp_path / "config.json").write_text("{}")
    for name in ("a", "b"):
        save_file({name: torch.zeros(1000, 100)}, tmp_path / f"{name}.safetensors")
    index = {"weight_map": {name: f"{name}.safetensors" for name in ("a", "b")}}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    assert "0.2 M parameters" in weights(Weights(str(tmp_path)), context()).message


def test_the_machine_is_probed_as_torch_sees_it():
    found = machine.probe()
    assert 0 < found.free <= found.memory
    assert (found.gpu is not None) == torch.cuda.is_available()
    assert f"{found.cores} cores" in machine.summary(found).message


def test_downloads_that_do_not_fit_on_the_disk_fail(tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "not" / "there"))
    assert len(machine.disk(0)) == 1
    assert machine.disk(10**18)[1].status == "FAIL"
