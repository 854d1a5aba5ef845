"""One scheduler to every model: answers are checked, failures told apart, nothing is lost, and no key gets out."""

import json
import threading

import pytest

from mmner.base import outage
from mmner.base.errors import InputError
from mmner.rows import compute, parquet
from tests.fakes.llm_server import KEY, Reply, sentence_of
from tests.llm.asking import expressions, first_word, posts

WORDS = ("Ada", "Bo", "Cy", "Di", "Ed", "Flo", "Gus", "Hal")


def values(results):
    return [result.value and result.value["expressions"] for result in results]


def write(tmp_path, backend, *sentences):
    return compute.write(
        "expressions", tmp_path / "expressions.parquet", posts(*sentences), backend, {"expressions": None}
    )


def test_answers_come_in_the_order_of_the_rows_with_tokens_and_money(serve):
    def later_rows_first(body, number):
        reply = first_word(body)
        reply.slow = 0.1 if sentence_of(body).startswith("Ada") else 0.0
        return reply

    backend = expressions(serve(later_rows_first), prices={"input": 1.0, "output": 10.0})
    results = backend(posts(*WORDS))
    assert values(results) == [[word] for word in WORDS]
    assert {(result.tokens, round(result.money, 9)) for result in results} == {(120, 0.0003)}


def test_no_more_requests_at_once_than_concurrency_and_not_fewer(serve):
    three = threading.Barrier(3, timeout=30)

    def waits_for_two_others(body, number):
        three.wait()
        return Reply('{"expressions": []}')

    server = serve(waits_for_two_others)
    results = expressions(server, concurrency=3)(posts(*WORDS[:6]))
    assert server.most_at_once == 3
    assert [result.error for result in results] == [None] * 6


@pytest.mark.parametrize("status", [429, 500, 503])
def test_the_client_asks_again_where_a_failure_passes(serve, status):
    server = serve(lambda body, number: Reply(status=status) if number == 1 else first_word(body))
    assert values(expressions(server)(posts("Ada"))) == [["Ada"]]
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("reply", "timeout", "reason"),
    [
        (Reply(status=429), 30.0, "server: 429"),
        (Reply(status=500), 30.0, "server: 500"),
        (Reply("{}", slow=0.5), 0.1, "server: no answer within 0.1 s"),
        (Reply("{}", cut=True), 30.0, "server: no connection"),
        (Reply(raw=b"<html>busy</html>"), 30.0, "server: its answer is no JSON"),
        (Reply(raw=b'{"object": "error"}'), 30.0, "server: its answer is no completion"),
    ],
)
def test_a_failure_that_may_pass_is_no_answer(serve, reply, timeout, reason):
    (result,) = expressions(serve(lambda body, number: reply), retries=0, timeout=timeout)(posts("Ada"))
    assert result.transient
    assert result.error.startswith(reason)


def test_a_server_that_dies_mid_stage_loses_no_finished_row_and_its_rows_are_asked_next_time(serve, tmp_path):
    def dies(body, number):
        return first_word(body) if number <= 3 else Reply(status=503)

    server = serve(dies)
    with pytest.raises(InputError, match="failed-for-now"):
        write(tmp_path, expressions(server, concurrency=1, retries=0), *WORDS)
    assert len(server.asked) == 3 + 2  # after two failures in a row it is left alone
    again = serve()
    report = write(tmp_path, expressions(again, concurrency=1), *WORDS)
    assert [sentence_of(body) for body in again.asked] == list(WORDS[3:])
    assert report.rows == len(WORDS)
    found = parquet.read(tmp_path / "expressions.parquet", "expressions")
    assert [row["expressions"] for row in found] == [[word] for word in WORDS]


def test_after_refused_connections_the_rows_that_are_left_are_not_tried(serve):
    server = serve()
    server.die()
    results = expressions(server, concurrency=2)(posts(*map(str, range(200))))
    assert all(result.transient and result.error.startswith("server: no") for result in results)
    tried = [result for result in results if "not asked" not in result.error]
    assert 4 <= len(tried) <= 5  # the fourth failure in a row is the last, but for one in flight beside it


def test_a_server_that_has_come_back_is_asked_again_by_the_same_process(serve, monkeypatch):
    server = serve(lambda body, number: Reply(status=503) if number <= 2 else first_word(body))
    backend = expressions(server, concurrency=1, retries=0)
    assert [result.transient for result in backend(posts("Ada", "Bo", "Cy"))] == [True] * 3
    assert len(server.asked) == 2
    monkeypatch.setattr(outage, "AGAIN", 0.0)
    assert values(backend(posts("Dee", "Ed"))) == [["Dee"], ["Ed"]]


def test_an_answer_that_was_paid_before_a_kill_is_not_paid_again(serve):
    server = serve()

    def killed(conversations):
        raise KeyboardInterrupt

    backend = expressions(server, concurrency=1)
    asked = posts("Ada", "Bo")
    conversation = backend._conversation
    backend._conversation = lambda item: killed(item) if item["sentence"] == "Bo" else conversation(item)
    with pytest.raises(KeyboardInterrupt):
        backend(asked)
    results = expressions(server, concurrency=1)(asked)
    assert values(results) == [["Ada"], ["Bo"]]
    assert [sentence_of(body) for body in server.asked] == ["Ada", "Bo"]
    assert results[0].tokens == 120  # the row says what it cost, whenever that was


def test_answers_in_flight_are_kept_when_another_row_ends_the_stage(serve):
    gate = threading.Event()

    def one_wrong(body, number):
        if sentence_of(body) == "Bo":
            gate.wait(30)
            return Reply("no such key", status=401)
        gate.set()
        return Reply('{"expressions": ["x"]}', slow=0.2)

    server = serve(one_wrong)
    with pytest.raises(InputError, match="llm-key"):
        expressions(server, concurrency=2)(posts("Ada", "Bo"))
    server.answer = lambda body, number: first_word(body)
    assert values(expressions(server, concurrency=2)(posts("Ada", "Bo"))) == [["x"], ["Bo"]]


def test_the_key_comes_from_the_environment_and_gets_nowhere_else(serve, tmp_path, capsys):
    def tattles(body, number):
        if number <= 2:
            return Reply(f"key {KEY} has no money left", status=400)
        return Reply(json.dumps({"expressions": [f"a note that says {KEY}"]}))

    server = serve(tattles)
    backend = expressions(server, concurrency=1)
    assert KEY not in json.dumps(backend.identity())
    with pytest.raises(InputError, match="all-failed") as caught:
        write(tmp_path, backend, "Ada", "Bo")
    assert KEY not in str(caught.value)
    assert server.headers
    assert all(headers["authorization"] == f"Bearer {KEY}" for headers in map(_lower, server.headers))
    write(tmp_path, backend, "Cy")
    assert KEY not in capsys.readouterr().err
    stored = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert len(stored) > 1  # the artifact and the row store
    assert not any(KEY.encode() in content for content in stored)
    found = parquet.read(tmp_path / "expressions.parquet", "expressions")
    assert found[0]["expressions"] == ["a note that says [key]"]


def _lower(headers):
    return {name.lower(): value for name, value in headers.items()}


def test_an_error_of_the_server_about_the_key_names_the_variable_and_not_the_key(serve):
    server = serve(lambda body, number: Reply(f"Incorrect API key provided: {KEY}", status=401))
    with pytest.raises(InputError) as caught:
        expressions(server)(posts("Ada"))
    assert "TEST_LLM_KEY" in str(caught.value)
    assert KEY not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_missing_key_is_told_before_anything_is_asked(serve, monkeypatch):
    monkeypatch.delenv("TEST_LLM_KEY")
    server = serve()
    with pytest.raises(InputError, match="missing-key.*TEST_LLM_KEY"):
        expressions(server)(posts("Ada"))
    assert server.asked == []


def test_a_rerun_that_finds_its_answers_needs_neither_server_nor_key(serve, monkeypatch):
    server = serve()
    expressions(server)(posts("Ada"))
    server.die()
    monkeypatch.delenv("TEST_LLM_KEY")
    assert values(expressions(server)(posts("Ada"))) == [["Ada"]]


def test_an_unknown_model_is_an_error_of_the_stage(serve):
    with pytest.raises(InputError, match="llm-not-found.*model m"):
        expressions(serve(lambda body, number: Reply("no model m", status=404)))(posts("Ada"))


ACCOUNT = [(401, "llm-key"), (402, "llm-unpaid"), (403, "llm-forbidden")]


@pytest.mark.parametrize(("status", "name"), ACCOUNT)
def test_an_account_that_is_refused_mid_stage_stops_it_and_no_row_is_kept_as_failed(serve, tmp_path, status, name):
    server = serve(lambda body, number: first_word(body) if number <= 3 else Reply("balance is 0", status=status))
    with pytest.raises(InputError, match=f"{name}.*{status} balance is 0"):
        write(tmp_path, expressions(server, concurrency=1), *WORDS)
    assert len(server.asked) == 4
    server.answer = lambda body, number: first_word(body)
    assert not write(tmp_path, expressions(server), *WORDS).errors
    assert sorted(sentence_of(body) for body in server.asked[4:]) == sorted(WORDS[3:])


def test_a_post_that_a_moderation_flags_is_that_rows_error(serve):
    flagged = Reply("flagged", status=403, metadata={"reasons": ["violence"], "flagged_input": "Bo"})
    results = expressions(serve(lambda body, _: flagged if sentence_of(body) == "Bo" else first_word(body)))(
        posts("Ada", "Bo", "Cy")
    )
    assert [result.error for result in results] == [None, "rejected: 403 flagged", None]


def test_one_rejected_row_is_that_rows_error(serve):
    def too_long(body, number):
        return Reply("too long", status=400) if sentence_of(body) == "Bo" else first_word(body)

    results = expressions(serve(too_long))(posts("Ada", "Bo", "Cy"))
    assert [result.error for result in results] == [None, "rejected: 400 too long", None]
    assert not results[1].transient


def test_a_server_that_rejects_everything_ends_the_stage_and_no_row_is_kept_as_failed(serve, tmp_path):
    server = serve(lambda body, number: Reply("response_format is unknown", status=400))
    with pytest.raises(InputError, match="llm-rejects-all.*response_format is unknown"):
        write(tmp_path, expressions(server, concurrency=2), *WORDS)
    server.answer = lambda body, number: first_word(body)
    report = write(tmp_path, expressions(server), *WORDS)
    assert not report.errors


def test_rows_rejected_once_others_were_answered_are_told_as_such_however_many_are_asked_again(serve):
    server = serve(lambda body, number: first_word(body) if sentence_of(body) == "Ada" else Reply("long", status=400))
    long = [f"Bo {number}" for number in range(6)]
    first, again, other = (expressions(server, concurrency=1, max_tokens=count) for count in (300, 300, 7))
    again.memo = other.memo = first.memo
    assert [result.error is None for result in first(posts("Ada", *long))] == [True] + [False] * 6
    assert {result.error for result in again(posts(*long))} == {"rejected: 400 long"}
    with pytest.raises(InputError, match="llm-rejects-all"):  # other params than those that were served
        other(posts(*long))


def test_where_a_model_is_reached_and_what_it_costs_changes_no_fingerprint(serve):
    one = expressions(serve())
    other = expressions(serve(), concurrency=9, timeout=1.0, prices={"input": 3.0}, batch=True, key_env=None)
    assert one.identity() == other.identity()


@pytest.mark.parametrize("change", [{"model": "n"}, {"revision": "q4"}, {"temperature": 1.0}, {"constrain": "prompt"}])
def test_what_an_answer_depends_on_changes_the_fingerprint(serve, change):
    server = serve()
    assert expressions(server).identity() != expressions(server, **change).identity()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"key_env": "sk-proj-123"}, "key_env"),
        ({"base_url": "https://me:secret@host/v1"}, "base_url"),
        ({"base_url": "host/v1"}, "base_url"),
        ({"max_money": 1.0}, "max_money needs prices"),
        ({"extra": {"stream": True}}, "stream is not free"),
        ({"extra": {"max_completion_tokens": 9000}}, "set max_tokens beside extra"),
        ({"constrain": "grammar"}, "constrain"),
        ({"temprature": 1.0}, "temprature: unknown key"),
    ],
)
def test_wrong_params_are_named_and_their_values_are_not_repeated(serve, change, told):
    with pytest.raises(InputError, match="bad-params") as caught:
        expressions(serve(), **change)
    assert told in str(caught.value)
    assert "secret" not in str(caught.value)
    assert "sk-proj" not in str(caught.value)


def test_an_unknown_prompt_names_those_that_exist(serve):
    with pytest.raises(InputError, match="unknown-prompt.*\n.*tvo"):
        expressions(serve(), prompt="mine")
