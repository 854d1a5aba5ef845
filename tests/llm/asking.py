"""The expressions backend on a server of the test, what it asks about, and the answer that is simplest."""

import json

from mmner.base import params
from mmner.rows.stages import STAGES
from mmner.rows.store import Store
from tests.fakes.llm_server import Reply, Server, sentence_of


def first_word(body: dict) -> Reply:
    return Reply(json.dumps({"expressions": [sentence_of(body).split()[0]]}))


def expressions(server: Server, **changes):
    """The expressions backend on `server`, built as a stage builds it."""
    mapping = {"backend": "llm", "base_url": server.url, "model": "m", "key_env": "TEST_LLM_KEY", "timeout": 30.0}
    return params.backend(
        "expressions", "llm", mapping | {"retries": 1} | changes, STAGES["expressions"].backends, Store()
    )


def posts(*sentences: str, caption: str | None = "A photo.") -> list[dict]:
    return [{"id": str(i), "sentence": text, "caption": caption, "skip": None} for i, text in enumerate(sentences)]
