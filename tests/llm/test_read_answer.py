"""Odd answers: the value that each one means, or the row's error; none ends the stage."""

import json

import pytest

from mmner.llm.answers import check_answer
from mmner.llm.conversation import Answer, InvalidAnswer, Request
from mmner.rows import compute
from mmner.rows.ledger import unbooked_key
from mmner.rows.store import Store
from tests.fakes.llm_server import Reply, sentence_of
from tests.llm.asking import expressions, first_word, posts

GOOD = '{"expressions": ["the red round sign"]}'
DRAFT = '{"expressions": ["DRAFT"]}'
EXAMPLE = (
    '{"expressions": ["basketball player celebrating a basket", "\'Golden State Warriors\' logo on the jersey", '
    '"NBA logo on the jersey"]}'
)


def row(serve, reply, **changes):
    server = serve(lambda body, number: reply)
    (result,) = expressions(server, **({"constrain": "prompt"} | changes))(posts("Ada"))
    return result


@pytest.mark.parametrize(
    "text",
    [
        f"Okay, a first draft could be {DRAFT}, too vague.\n</think>\n\n{GOOD}",
        f"{DRAFT}\n</think>\n{GOOD}",
        f"<THINK>{DRAFT}</Think >{GOOD}",
        f"<thinking>{DRAFT}</thinking>{GOOD}",
        f"{GOOD}\n<think>or {DRAFT}",
        f"First {DRAFT}, then {GOOD}",
        f"```json\n{DRAFT}\n```\nBetter:\n```json\n{GOOD}\n```",
        f'{GOOD} {{"confidence": 1}}',
        f"{EXAMPLE}\n{GOOD}",
        f"{GOOD}\nas in {EXAMPLE}",
        '{"expressions": ["the red\nround sign"]}',
        '{"expressions": ["the red round sign",],}',
        'Here: {"expressions": ["the red round sign", ] , \n}',
        f"So: {'{ ' * 50_000}{GOOD}",
    ],
)
def test_the_answer_is_the_last_object_after_the_thoughts(serve, text):
    assert row(serve, Reply(text)).value == {"expressions": ["the red round sign"]}


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (f"<think>{DRAFT}", "answer does not fit: no JSON"),
        (f"{DRAFT}\n</think>", "answer does not fit: no JSON"),
        (f'First {DRAFT}, then {{"expressions": ["the r', "answer does not fit: no JSON"),
        (EXAMPLE, "answer does not fit: it is the prompt's example"),
        (f'{{"expressions": {"9" * 5000}}}', "answer does not fit: expressions: Input should be a valid list"),
    ],
)
def test_an_answer_without_a_value_is_the_rows_error(serve, text, error):
    assert row(serve, Reply(text)).error == error


def test_a_string_that_holds_the_tag_or_a_comma_before_a_bracket_stays_as_it_is(serve):
    text = json.dumps({"expressions": ["a sign: </think>", "a,]"]})
    assert row(serve, Reply(text)).value == {"expressions": ["a sign: </think>", "a,]"]}


def test_half_an_emoji_within_the_json_is_replaced_and_the_stage_goes_on(serve, tmp_path):
    server = serve(
        lambda body, _: Reply('{"expressions": ["\\ud83d ball"]}') if "Bo" in str(body) else first_word(body)
    )
    report = compute.write(
        "expressions", tmp_path / "e.parquet", posts("Ada", "Bo"), expressions(server), {"expressions": None}
    )
    assert (report.rows, dict(report.errors)) == (2, {})
    (result,) = expressions(server)(posts("Bo"))
    assert result.value == {"expressions": ["\ufffd ball"]}


PARTS = [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, {"type": "text", "text": GOOD}]


def test_the_text_parts_of_a_content_are_joined(serve):
    assert row(serve, Reply(PARTS)).value == {"expressions": ["the red round sign"]}


NO_CHOICE = json.dumps({"choices": [], "prompt_filter_results": []}).encode()


def test_a_row_without_any_choice_is_refused_and_the_others_are_answered(serve):
    server = serve(lambda body, _: Reply(raw=NO_CHOICE) if sentence_of(body) == "Bo" else first_word(body))
    results = expressions(server)(posts("Ada", "Bo"))
    assert [result.error for result in results] == [None, "refused: the server gave no answer"]
    assert not results[1].transient


USAGES = ["-5", "0", "NaN", "1e400", "1" + "0" * 25, "9" * 5000, '"12"', "true", "[]"]


@pytest.mark.parametrize("count", USAGES)
def test_a_count_that_cannot_be_is_the_most_that_was_sent(serve, count):
    body = Reply(GOOD).body() | {"usage": "USAGE"}
    usage = f'{{"prompt_tokens": {count}, "completion_tokens": {count}}}'
    server = serve(lambda *_: Reply(raw=json.dumps(body).replace('"USAGE"', usage).encode()))
    backend = expressions(server, prices={"input": 0.0, "output": 1.0}, max_money=1.0)
    (result,) = backend(posts("Ada"))
    bound = next(backend._conversation(posts("Ada")[0])).token_bound(backend.params)
    assert (result.tokens, result.money) == (bound + 300, pytest.approx(0.0003))


def test_a_reason_to_finish_that_nobody_knows_is_not_stored(serve):
    server = serve(lambda *_: Reply(GOOD, finish="sk-test-0123456789"))
    backend = expressions(server)
    request = next(backend._conversation(posts("Ada")[0]))
    backend(posts("Ada"))
    assert backend.memo.get([request.key(backend.params)])[request.key(backend.params)]["finish"] is None


def test_a_remembered_answer_with_a_count_that_cannot_be_makes_its_row(serve, tmp_path):
    server, store = serve(), Store()
    backend = expressions(server)
    key = next(backend._conversation(posts("Ada")[0])).key(backend.params)
    cost = {"tokens": 10**25, "money": 0.0}
    store.put({key: vars(Answer('{"expressions": ["\\ud83d ball"]}', "stop")) | cost, unbooked_key(key): cost})
    report = compute.write("expressions", tmp_path / "e.parquet", posts("Ada"), backend, {"expressions": None})
    assert (report.rows, dict(report.errors), report.tokens) == (1, {}, 0)
    assert server.asked == []


def test_a_body_that_is_nested_too_deeply_is_no_answer(serve):
    result = row(serve, Reply(raw=b"[" * 100_000), retries=0)
    assert result.transient
    assert result.error == "server: its answer is no JSON"


def test_thoughts_without_an_opening_tag_are_no_part_of_a_caption():
    text = "Okay, let me think about the picture.\n</think>\n\nA shop front with a red sign."
    request = Request("Describe.", "This.", None)
    assert check_answer(Answer(text, "stop"), request) == "A shop front with a red sign."
    with pytest.raises(InvalidAnswer, match="it is empty"):
        check_answer(Answer("<think>Okay, let me", "stop"), request)
