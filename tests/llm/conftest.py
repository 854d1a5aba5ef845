"""A store of the test's own, a key and a server."""

import pytest

from mmner.rows.store import Store
from tests.fakes.llm_server import KEY, Server
from tests.llm.asking import first_word


@pytest.fixture(autouse=True)
def surroundings(tmp_path, monkeypatch):
    monkeypatch.setenv("MMNER_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("TEST_LLM_KEY", KEY)
    monkeypatch.setattr("openai._base_client.INITIAL_RETRY_DELAY", 0.01)  # seconds; as is, each retry takes half a one
    monkeypatch.setattr("openai._base_client.MAX_RETRY_DELAY", 0.01)


@pytest.fixture
def store(surroundings):
    return Store()


@pytest.fixture
def serve():
    """serve(answer) -> a running Server; without `answer`, one that names each text's first word."""
    running = []

    def start(answer=None) -> Server:
        server = Server(answer or (lambda body, number: first_word(body)))
        running.append(server.__enter__())
        return server

    yield start
    for server in running:
        server.die()
