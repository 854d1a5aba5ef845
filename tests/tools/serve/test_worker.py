"""The one thread that owns the model: everybody gets their own answers, and nobody learns more."""

import json
import socket

import pytest

from mmner.base.errors import InputError
from mmner.tools.serve.limits import Refusal
from mmner.tools.serve.uploads import Upload
from mmner.tools.serve.worker import Job, Worker
from tests.fakes.llm_server import Reply
from tests.fakes.pictures import cut, photograph, sign
from tests.train.preparation import SENTENCES

pytestmark = pytest.mark.slow

TEXTS = [text for text, _ in SENTENCES]


@pytest.fixture(scope="module")
def board(tmp_path_factory):
    return sign(tmp_path_factory.mktemp("board") / "a.jpg", "Marlow").read_bytes()


def job(*texts, explain=False, image=None, **more) -> Job:
    return Job([Upload({"text": text, **more}, image) for text in texts], explain)


def test_what_waits_is_answered_together_and_everybody_gets_their_own(start, answers):
    jobs = [job(text, f"{text} {text}", id="same", explain=number % 2 == 0) for number, text in enumerate(TEXTS)]
    worker = start(jobs, together=8)
    for one, text in zip(jobs, TEXTS, strict=True):
        assert [answer["text"] for answer in answers(one)] == [text, f"{text} {text}"]
        assert {"explain" in answer for answer in answers(one)} == {one.explain}
    assert worker.sizes == [8, 8, 4]


def test_an_answer_is_the_one_that_the_post_has_alone(start, answers):
    found = []
    for text in TEXTS:
        one = job(text, explain=True)
        start([one])
        found.append(answers(one)[0])
    together = [job(text, explain=True) for text in TEXTS]
    start(together)
    for one, alone in zip(together, found, strict=True):
        (same,) = answers(one)
        assert (same["tags"], same["entities"]) == (alone["tags"], alone["entities"])
        assert same["explain"]["confidence"] == pytest.approx(alone["explain"]["confidence"], abs=1e-4)
    sure = [tuple(round(value, 4) for value in alone["explain"]["confidence"]) for alone in found]
    assert len(set(sure)) == len(TEXTS)  # no answer could be taken for another one


def test_a_request_that_was_called_off_costs_nothing(start, answers):
    gone, there = job("today"), job("marlow")
    gone.future.cancel()
    worker = start([gone, there])
    assert answers(there)[0]["text"] == "marlow"
    assert worker.sizes == [1]


def test_what_fails_in_one_request_is_no_fault_of_the_others(start, answers):
    bad, good = job("divide by zero"), job("marlow")
    worker = start([good, bad])
    assert answers(good)[0]["text"] == "marlow"
    with pytest.raises(Refusal) as refused:
        answers(bad)
    assert refused.value.status == 500
    (line,) = worker.log
    assert refused.value.message.split()[-1] in line
    assert "ZeroDivisionError: of /srv/secret/place" in line
    assert "secret" not in refused.value.message


def test_a_stage_that_cannot_run_is_named_and_posts_that_bring_its_part_are_answered(start, answers):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    bare, brings = job("marlow"), job("marlow", caption="A baker.", explain=True)
    worker = start([bare, brings], base_url=nowhere)
    assert answers(brings)[0]["explain"]["caption"] == "A baker."
    with pytest.raises(Refusal) as refused:
        answers(bare)
    said = refused.value
    assert (said.status, said.name) == (503, "no-engine")
    assert "captions" in said.message
    assert "may bring caption" in said.message
    assert "127.0.0.1" not in said.message
    assert "no server answers at http://127.0.0.1" in worker.log[0]


def test_an_engine_that_was_down_is_asked_once_it_is_up(start, answers, describer, board, monkeypatch):
    first, later = job("marlow", image=board), job("marlow", image=board, explain=True)
    monkeypatch.delenv("LATER_KEY", raising=False)
    worker = start([first], key_env="LATER_KEY")
    with pytest.raises(Refusal):
        answers(first)
    monkeypatch.setenv("LATER_KEY", "k")
    worker.submit(later)
    assert answers(later)[0]["explain"]["caption"] == "A board."


def test_each_request_has_the_whole_of_its_money_and_no_more(start, answers, describer, board):
    two = [job("marlow", "fern", image=board), job("hill", "today", image=board)]
    # At 1 a million tokens 0.00407 are reserved for a caption, and 0.00012 spent.
    worker = start(two, money=0.0041, prices={"input": 1.0, "output": 1.0}, concurrency=1)
    came = [[answer["read"]["stages"]["captions"] for answer in answers(one)] for one in two]
    assert came == [["computed", "spending limit"], ["computed", "spending limit"]]
    assert worker.sizes == [2, 2]
    assert len(describer.asked) == 2


def test_without_prices_or_a_limit_requests_go_together(start, answers, describer, board):
    for limit in ({"money": 0.006}, {"prices": {"input": 1.0}}):
        two = [job("marlow", "fern", image=board), job("hill", "today", image=board)]
        worker = start(two, **limit)
        assert {answer["read"]["stages"]["captions"] for one in two for answer in answers(one)} == {"computed"}
        assert worker.sizes == [4]


def test_nothing_is_remembered_unless_asked_for(start, answers, describer, board, tmp_path):
    for store, came, asked in (
        (None, ["computed", "computed"], 2),
        (tmp_path / "rows.sqlite", ["computed", "known"], 1),
    ):
        describer.asked.clear()
        first, again = job("marlow", image=board), job("marlow", image=board)
        worker = start([first], **({"store": store} if store else {}))
        answers(first)
        worker.submit(again)
        assert [answers(one)[0]["read"]["stages"]["captions"] for one in (first, again)] == came
        assert len(describer.asked) == asked


def test_no_answer_names_a_file_or_a_server_of_this_machine(start, answers, describer, board, tmp_path):
    describer.answer = lambda body, number: Reply(f"no model at /srv/models on {describer.url}", status=500)
    broken = cut(tmp_path / "b.jpg", photograph("grace_hopper")).read_bytes()
    one = Job([Upload({"text": "marlow"}, board), Upload({"text": "fern"}, broken)], explain=True)
    start([one])
    whole, half = answers(one)
    assert whole["read"]["stages"]["captions"]
    assert half["read"]["image"].startswith("image broken: upload: ")
    assert half["read"]["stages"]["captions"].startswith("image broken: upload")
    said = json.dumps([whole, half])
    assert [secret for secret in ("/tmp", "mmner-serve", "/srv", "127.0.0.1", "http") if secret in said] == []


def test_an_image_that_is_none_fails_its_own_post_alone(start, answers):
    broken = Upload({"text": "marlow", "id": 3}, error=InputError("bad-image", "image: not base64"))
    one = Job([broken, Upload({"text": "marlow"}), Upload({"text": ""}), Upload(5)])
    start([one])
    bad, good, empty, number = answers(one)
    assert (bad["id"], bad["text"], bad["error"]) == ("3", "marlow", "error[bad-image] image: not base64")
    assert good["tokens"] == ["marlow"]
    assert "error[no-text] post 2" in empty["error"]
    assert "error[bad-post] post 3" in number["error"]


def test_the_end_comes_after_all_that_wait(start, answers):
    worker = start()
    jobs = [job(text) for text in TEXTS]
    for one in jobs:
        worker.submit(one)
    worker.end()
    assert not worker.alive
    assert [answers(one)[0]["text"] for one in jobs] == TEXTS


def test_a_model_that_cannot_be_loaded_is_told_to_who_starts_the_worker():
    def load():
        raise InputError("unknown-place", "no model there")

    with pytest.raises(InputError, match="unknown-place"):
        Worker(load).start()
