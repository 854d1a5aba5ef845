"""A store of the test's own, a key, a server, and a backend that asks it."""

import json

import pytest

from mmner.base import params
from mmner.expressions import BACKENDS
from mmner.rows.store import Store
from tests.fakes.llm_server import KEY, Reply, Server, user_text


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


def first_word(body: dict) -> Reply:
    return Reply(json.dumps({"expressions": [sentence_of(body).split()[0]]}))


def sentence_of(body: dict) -> str:
    """What the prompt gives as the post's text, decoded."""
    text = user_text(body)
    return json.JSONDecoder().raw_decode(text, text.index("Text: ") + len("Text: "))[0]


def expressions(server: Server, **changes):
    """The expressions backend on `server`, built as a stage builds it."""
    mapping = {"backend": "llm", "base_url": server.url, "model": "m", "key_env": "TEST_LLM_KEY", "timeout": 30.0}
    return params.backend("expressions", "llm", mapping | {"retries": 1} | changes, BACKENDS)


def posts(*sentences: str, caption: str | None = "A photo.") -> list[dict]:
    return [{"id": str(i), "sentence": text, "caption": caption, "skip": None} for i, text in enumerate(sentences)]
