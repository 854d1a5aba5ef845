"""How a server is reached: queries, redirects, an end in time, and an environment in which nothing can be sent."""

import json
import time

import pytest

from mmner.base import yaml_files
from mmner.base.errors import InputError
from mmner.rows import compute
from tests.fakes.environments import ENVIRONMENTS, odd_file
from tests.fakes.llm_server import Reply
from tests.llm.asking import expressions, first_word, posts

UNSUPPORTED = "Unsupported parameter: 'max_tokens' is not supported with this model."


def test_rows_that_were_rejected_are_asked_again_with_the_other_key_of_max_tokens(serve, tmp_path):
    server = serve(lambda body, _: Reply(UNSUPPORTED, status=400) if "max_tokens" in body else first_word(body))

    def write(**changes):
        backend = expressions(server, **changes)
        return compute.write("expressions", tmp_path / "e.parquet", posts("Ada"), backend, {"expressions": None})

    with pytest.raises(
        InputError, match=r"all 1 rows that were asked for failed \(rejected: 1\); the first: rejected: 400 Unsup"
    ):
        write()
    assert write(max_tokens_key="max_completion_tokens").failed == 0


def test_params_that_came_later_are_in_the_fingerprint_only_where_they_are_set(serve):
    server = serve()
    names = {"max_tokens_key", "query"}
    assert not names & set(expressions(server).identity())
    changed = expressions(server, max_tokens_key="max_completion_tokens", query={"api-version": "1"}).identity()
    assert {name: changed[name] for name in names} == {
        "max_tokens_key": "max_completion_tokens",
        "query": {"api-version": "1"},
    }


def test_a_query_is_part_of_each_address(serve):
    server = serve()
    expressions(server, query={"api-version": "2024-08-01-preview"})(posts("Ada"))
    assert server.paths == ["/v1/chat/completions?api-version=2024-08-01-preview"]


@pytest.mark.parametrize("status", [301, 307])
def test_no_redirect_to_another_server_is_followed(serve, status):
    other = serve()
    server = serve(lambda *_: Reply(status=status, headers={"location": f"{other.url}/chat/completions"}))
    with pytest.raises(InputError, match=f"llm-not-found.*{status} it redirects to another server"):
        expressions(server, retries=0)(posts("Ada"))
    assert other.asked == []


@pytest.mark.parametrize("reply", [Reply("x" * 1000, drip=0.05), Reply(drip_head=0.05)], ids=["body", "head"])
def test_an_answer_that_comes_byte_by_byte_ends_in_time(serve, reply):
    server = serve(lambda *_: reply)
    begin = time.monotonic()
    (result,) = expressions(server, retries=0, timeout=0.2)(posts("Ada"))
    assert result.transient
    assert result.error == "server: no whole answer within 2 s"
    assert time.monotonic() - begin < 10


@pytest.mark.parametrize("case", ENVIRONMENTS, ids=lambda case: f"{case[0]}={case[1]}")
def test_an_environment_in_which_nothing_can_be_sent_is_a_named_error(serve, monkeypatch, tmp_path, case):
    variable, value, reason, remedy = case
    monkeypatch.setenv(variable, odd_file(tmp_path, value))
    with pytest.raises(InputError) as caught:
        expressions(serve(), retries=0)(posts("Ada"))
    assert caught.value.name == "llm-server"
    assert reason in caught.value.what
    assert remedy in caught.value.remedy
    assert "secret" not in str(caught.value)


def test_a_key_with_a_character_that_no_key_has_is_a_named_error(serve, monkeypatch):
    monkeypatch.setenv("TEST_LLM_KEY", "\u201csk-test\u201d")
    with pytest.raises(InputError, match=r"llm-key.*TEST_LLM_KEY"):
        expressions(serve())(posts("Ada"))


@pytest.mark.parametrize("url", ["http://host:port/v1", "http://host/v1\n", "http://host:99999/v1"])
def test_an_address_that_is_none_is_a_wrong_param(serve, url):
    with pytest.raises(InputError, match=r"bad-params[\s\S]*base_url"):
        expressions(serve(), base_url=url)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("{until: 2020-01-01}", "until is a date"),
        ("{top_p: .inf}", "top_p is inf"),
        ("{a: {b: [1, .nan]}}", "a.b.1 is nan"),
        ("{a: !!binary aGk=}", "a is a bytes"),
        ("{a: {1: 2, b: 3}}", "keys of extra.a"),
        ("{a: {true: 1}}", "keys of extra.a"),
    ],
)
def test_what_no_request_can_hold_is_a_wrong_param(serve, text, wrong):
    with pytest.raises(InputError, match=f"bad-params.*extra: {wrong}"):
        expressions(serve(), extra=yaml_files.parse(text, "params.yaml"))(posts("Ada"))


def test_what_a_request_can_hold_is_sent(serve):
    server = serve()
    extra = {"stop": ["x", None, True, 1.5], "logit_bias": {7: -1}}
    expressions(server, extra=extra)(posts("Ada"))
    assert {name: server.asked[0][name] for name in extra} == {**extra, "logit_bias": {"7": -1}}


def test_a_proxy_that_wants_a_password_is_a_named_error(serve):
    with pytest.raises(InputError, match=r"llm-server.*407"):
        expressions(serve(lambda *_: Reply(status=407)), retries=0)(posts("Ada"))


@pytest.mark.parametrize("key", ["a", "Ada", "ollama", "sk-test-0123456789"])
def test_a_key_is_cut_out_of_answers_only_where_it_is_no_word(serve, monkeypatch, key):
    monkeypatch.setenv("TEST_LLM_KEY", key)
    text = json.dumps({"expressions": ["a llama of Ada", "the ollama", f"echo {key}"]})
    (result,) = expressions(serve(lambda *_: Reply(text)))(posts("Ada"))
    echoed = "[key]" if len(key) > 12 else key
    assert result.value["expressions"] == ["a llama of Ada", "the ollama", f"echo {echoed}"]


@pytest.mark.parametrize("key", ["a", "ollama", "sk-test-0123456789"])
def test_a_key_is_cut_out_of_errors_as_a_whole(serve, monkeypatch, key):
    monkeypatch.setenv("TEST_LLM_KEY", key)
    server = serve(lambda *_: Reply(f"bad parameter for {key}", status=400))
    (result,) = expressions(server, retries=0)(posts("Ada"))
    assert result.error == "rejected: 400 bad parameter for [key]"
