"""A stage that can't succeed ends before its first row, whatever the doctor was not asked."""

import contextlib
import socket
import sqlite3

import pytest
from PIL import Image

from mmner.base import params
from mmner.base.errors import InputError
from mmner.rows.compute import compute as compute_rows
from mmner.rows.stages import STAGES
from mmner.rows.store import Store
from mmner.rows.store import folder as store_folder
from tests.fakes.llm_server import Reply, Server
from tests.fakes.pictures import item
from tests.tools.doctor.places import closed

NOWHERE = {"weights": "nobody/has-this"}
RELEVANCE = {
    "max_results": 1,
    "max_kept": 1,
    "max_meanings": 1,
    "max_sentences": 1,
    "min_relevance": 0.1,
    "without_name": True,
    "batch_size": 4,
}
TAGGER = {"folds": 2, "epochs": 1, "batch_size": 2, "lr_encoder": 1e-3, "lr_head": 1e-3, "seed": 1}
LLM = {"backend": "llm", "model": "m", "key_env": None, "retries": 0, "timeout": 5.0, "concurrency": 2}


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("MMNER_STORE", str(tmp_path / "store"))
    return Store()


@pytest.fixture
def posts(tmp_path):
    """30 posts with all that any stage reads."""
    made = []
    for number in range(30):
        Image.new("RGB", (32, 32), (number, 0, 0)).save(tmp_path / f"{number}.png")
        fields = {
            "caption": f"A red {number}.",
            "expressions": [f"red {number}"],
            "boxes": [],
            "spans": [],
            "facts": [],
        }
        fields |= {"candidates": ["Mira"], "labels": {"PER": "a person"}, "language": "en", "domain_cue": "posts"}
        fields |= {"sentence": f"Mira {number}", "tokens": ["Mira", str(number)], "split": "train"}
        made.append(item(tmp_path / f"{number}.png", **fields))
    return made


def compute(section: str, mapping: dict, posts: list[dict], store: Store):
    backend = params.backend(section, "it", mapping, STAGES[section].backends, store)
    if backend.whole:
        posts = backend.prepare([post | {"tags": ["B-PER", "O"]} for post in posts])
    return compute_rows(section, posts, backend, store)


@pytest.mark.parametrize(
    ("section", "mapping"),
    [
        ("captions", {"backend": "blip2", **NOWHERE}),
        ("candidates", {"backend": "tagger", "encoder": "nobody/has-this", **TAGGER}),
        ("knowledge", {"backend": "zim", "archive": "nowhere.zim", "encoder": "nobody/has-this", **RELEVANCE}),
        ("expressions", {"backend": "phrases", "encoder": "nobody/has-this"}),
        ("expressions", {**LLM, "base_url": "http://127.0.0.1:1/v1", "key_env": "NOBODY_SETS_THIS"}),
        ("regions", {"backend": "grounding-dino", **NOWHERE}),
        ("regions", {"backend": "detector", **NOWHERE}),
        ("chains", {**LLM, "base_url": "http://127.0.0.1:1/v1", "encoder": "nobody/has-this"}),
        ("features", {"backend": "vision", **NOWHERE}),
        ("captions", {"backend": "precomputed", "file": "nowhere.jsonl", "key": "image"}),
    ],
)
def test_what_lacks_ends_a_stage_before_its_first_row(section, mapping, posts, store):
    with pytest.raises(InputError, match="no-weights|missing-archive|missing-key|missing-file") as caught:
        compute(section, mapping, posts, store)
    assert caught.value.remedy
    with sqlite3.connect(store_folder() / "rows.sqlite") as kept:
        assert kept.execute("SELECT COUNT(*) FROM rows").fetchone() == (0,)


def test_a_model_that_is_not_served_ends_a_stage_with_its_first_requests(posts, store):
    with Server(lambda body, number: Reply("no such model", status=404)) as server:
        with pytest.raises(InputError, match="llm-not-found"):
            compute("expressions", {**LLM, "base_url": server.url}, posts, store)
        assert len(server.asked) <= LLM["concurrency"] * 2


def test_a_server_that_is_down_is_left_alone_after_a_few_requests(posts, store):
    answers, _, report = compute("expressions", {**LLM, "base_url": closed() + "/v1"}, posts, store)
    assert report.transient == len(posts)
    asked = [answer for answer in answers if "not asked" not in answer["error"]]
    assert len(asked) <= 3 * LLM["concurrency"]


def test_a_server_that_takes_no_connection_is_known_before_its_answer_is_due_and_charged_nothing(posts, store):
    with socket.socket() as full, contextlib.ExitStack() as waiting:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(4):  # the queue is full: whoever comes next waits at the scheduler
            one = waiting.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        where = {"base_url": f"http://127.0.0.1:{full.getsockname()[1]}/v1", "timeout": 0.5}
        money = {"prices": {"input": 1.0}, "max_money": 1.0}
        answers, _, report = compute("expressions", {**LLM, **where, **money}, posts[:1], store)
    assert (answers[0]["error"], report.money) == ("server: no connection", 0.0)
