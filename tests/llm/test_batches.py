"""Batches: half the price, submitted once, collected by a later run."""

import json

import pytest

from mmner.base.errors import InputError
from mmner.llm import batch_marks, batches
from mmner.rows import compute
from mmner.rows.store import Store
from tests.fakes.llm_server import KEY, Reply, sentence_of
from tests.llm.asking import expressions, first_word, posts

WORDS = ("Ada", "Bo", "Cy")
PRICES = {"input": 1.0, "output": 10.0}


def run(tmp_path, server, *sentences, **changes):
    backend = expressions(server, batch=True, prices=PRICES, **changes)
    return compute.write(
        "expressions", tmp_path / "e.parquet", posts(*(sentences or WORDS)), backend, {"expressions": None}
    )


def stops(tmp_path, server, *sentences, **changes) -> InputError:
    with pytest.raises(InputError) as caught:
        run(tmp_path, server, *sentences, **changes)
    return caught.value


def submitted(server) -> list[list[str]]:
    """The sentences of each batch."""
    files = (server.files[batch["input_file_id"]] for batch in server.batches.values())
    return [[sentence_of(json.loads(line)["body"]) for line in file.splitlines()] for file in files]


def test_a_stage_submits_stops_as_pending_and_the_next_run_collects_at_half_the_price(serve, tmp_path):
    server = serve()
    error = stops(tmp_path, server)
    assert error.name == "pending"
    assert "batch_0" in str(error)
    assert stops(tmp_path, server).name == "pending"  # still
    server.batch_status = "completed"
    report = run(tmp_path, server)
    assert submitted(server) == [list(WORDS)]
    assert server.asked == []
    assert report.money == pytest.approx(3 * 0.0003 / 2)
    assert run(tmp_path, server).reused == 3


def test_no_key_is_in_what_is_uploaded_or_stored(serve, tmp_path):
    server = serve()
    stops(tmp_path, server)
    server.batch_status = "completed"
    run(tmp_path, server)
    stored = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert len(server.files) > 1  # what was asked, and the answers
    assert stored
    assert not any(KEY.encode() in content for content in [*server.files.values(), *stored])


def test_rows_that_came_later_are_submitted_alone(serve, tmp_path):
    server = serve()
    stops(tmp_path, server)
    stops(tmp_path, server, *WORDS, "Di")
    assert submitted(server) == [list(WORDS), ["Di"]]


def test_a_request_that_the_limit_never_pays_holds_up_no_other(serve, tmp_path):
    server = serve()
    long = "long " * 2000  # 0.005 money of bytes
    assert stops(tmp_path, server, long, "Bo", max_money=0.004).name == "pending"
    assert submitted(server) == [["Bo"]]
    server.batch_status = "completed"
    assert "raise max_money" in str(stops(tmp_path, server, long, "Bo", max_money=0.004))


def test_an_answer_that_does_not_fit_is_asked_for_again_in_a_second_batch(serve, tmp_path):
    def poor(body):
        first = sentence_of(body) == "Bo" and len(body["messages"]) == 2
        return Reply("no idea") if first else first_word(body)

    server = serve()
    server.batch_lines = poor
    stops(tmp_path, server)
    server.batch_status = "completed"
    assert stops(tmp_path, server).name == "pending"
    assert submitted(server) == [list(WORDS), ["Bo"]]
    assert not run(tmp_path, server).errors


def test_what_expired_or_failed_on_the_server_is_submitted_again_and_what_came_is_kept(serve, tmp_path):
    fates = {"Ada": None, "Bo": Reply(status=500), "Cy": first_word}
    server = serve()
    server.batch_lines = lambda body: fate(body) if callable(fate := fates[sentence_of(body)]) else fate
    stops(tmp_path, server)
    server.batch_status = "expired"
    assert stops(tmp_path, server).name == "pending"
    assert submitted(server) == [list(WORDS), ["Ada", "Bo"]]
    server.batch_lines, server.batch_status = first_word, "completed"
    assert not run(tmp_path, server).errors


def test_a_failed_batch_is_told_and_submitted_again_at_the_next_run(serve, tmp_path):
    server = serve()
    stops(tmp_path, server)
    server.batch_lines, server.batch_status = (lambda body: None), "failed"
    assert stops(tmp_path, server).name == "batch-failed"
    assert len(server.batches) == 1
    server.batch_status = "in_progress"
    assert stops(tmp_path, server).name == "pending"
    assert len(server.batches) == 2


def test_one_rejected_line_is_that_rows_error(serve, tmp_path):
    server = serve()
    server.batch_lines = lambda body: Reply("long", status=400) if sentence_of(body) == "Bo" else first_word(body)
    stops(tmp_path, server)
    server.batch_status = "completed"
    assert run(tmp_path, server).errors == {"rejected": 1}


@pytest.mark.parametrize(("status", "name"), [(401, "llm-key"), (402, "llm-unpaid"), (403, "llm-forbidden")])
def test_an_account_that_is_refused_within_a_batch_stops_the_stage_and_keeps_what_came(serve, tmp_path, status, name):
    server = serve()
    server.batch_lines = lambda body: Reply("empty", status=status) if sentence_of(body) != "Ada" else first_word(body)
    stops(tmp_path, server)
    server.batch_status = "completed"
    error = stops(tmp_path, server)
    assert error.name == name
    assert f"{status} empty" in str(error)
    server.batch_lines = first_word
    assert stops(tmp_path, server).name == "pending"
    assert submitted(server) == [list(WORDS), ["Bo", "Cy"]]
    assert not run(tmp_path, server).errors


def test_a_batch_of_which_every_line_was_rejected_leaves_no_row_failed(serve, tmp_path):
    server = serve()
    server.batch_lines = lambda body: Reply("response_format?", status=400)
    stops(tmp_path, server)
    server.batch_status = "completed"
    assert stops(tmp_path, server).name == "batch-rejected"
    server.batch_lines = first_word
    assert stops(tmp_path, server).name == "pending"
    assert not run(tmp_path, server).errors


def test_a_batch_of_rejected_lines_alone_gives_failed_rows_where_others_were_answered_before(serve, tmp_path):
    server = serve()
    stops(tmp_path, server, "Ada")
    server.batch_status = "completed"
    server.batch_lines = lambda body: first_word(body) if sentence_of(body) == "Ada" else Reply("long", status=400)
    assert stops(tmp_path, server, "Ada", "Bo", "Cy").name == "pending"
    assert run(tmp_path, server, "Ada", "Bo", "Cy").errors == {"rejected": 2}


def test_a_batch_that_was_made_while_its_answer_was_lost_is_found_and_not_made_twice(serve, tmp_path):
    server = serve()
    server.drop_created = True
    assert stops(tmp_path, server).name == "llm-server"
    server.drop_created = False
    assert stops(tmp_path, server).name == "pending"
    server.batch_status = "completed"
    run(tmp_path, server)
    assert len(server.batches) == 1


def test_a_server_that_is_down_while_a_batch_waits_loses_nothing(serve, tmp_path):
    server = serve()
    stops(tmp_path, server)
    url, batch = server.url, dict(server.batches)
    server.die()
    assert stops(tmp_path, server).name == "llm-server"
    assert (server.url, dict(server.batches)) == (url, batch)


def test_answers_that_nobody_asks_for_today_are_kept_for_later(serve, tmp_path):
    server = serve()
    stops(tmp_path, server)
    server.batch_status = "completed"
    run(tmp_path, server, "Ada")
    assert not run(tmp_path, server).errors
    assert len(server.batches) == 1


def test_a_servers_lines_can_answer_only_what_its_batch_asked(serve, tmp_path):
    server = serve()
    stops(tmp_path, server)
    line = {"custom_id": "adopted:x", "response": {"status_code": 200, "body": Reply("{}").body()}}
    server.batch_status = "completed"
    server.view(server.batches["batch_0"])
    output = server.batches["batch_0"]["output_file_id"]
    server.files[output] += b"\nno json\n[]\n" + json.dumps(line).encode()
    run(tmp_path, server)
    assert Store().get(["adopted:x"]) == {}


def test_a_lost_batch_is_submitted_again_only_when_a_user_says_so(serve, tmp_path):
    server = serve()
    stops(tmp_path, server)
    server.batches.clear()
    for _ in range(2):
        error = stops(tmp_path, server)
        assert error.name == "batch-lost"
        assert f"forget-batch batch_0 --base-url {server.url}" in str(error)
    assert server.batches == {}
    for batch, url in (("batch_1", server.url), ("batch_0", server.url + "/"), ("batch_0", "x")):
        with pytest.raises(InputError, match=f"unknown-batch.*{batch}"):
            batch_marks.forget(batch, url, Store())
    batch_marks.forget("batch_0", server.url, Store())
    assert stops(tmp_path, server).name == "pending"


def test_the_spending_limit_holds_for_what_is_submitted(serve, tmp_path):
    server = serve()
    one = expressions(server, batch=True, prices=PRICES)
    most = one._scheduler.spending.max_cost(next(one._conversation(posts("Ada")[0])))
    assert stops(tmp_path, server, max_money=most * 2.5).name == "pending"
    assert submitted(server) == [["Ada", "Bo"]]
    server.batch_status = "completed"
    assert "spending limit" in str(stops(tmp_path, server, max_money=most / 2))
    assert stops(tmp_path, server, max_money=most * 2.5).name == "pending"
    assert not run(tmp_path, server, max_money=most * 2.5).errors
    assert submitted(server) == [["Ada", "Bo"], ["Cy"]]


def test_a_file_holds_no_more_than_the_server_takes(serve, tmp_path, monkeypatch):
    monkeypatch.setattr(batches, "MAX_REQUESTS", 2)
    server = serve()
    stops(tmp_path, server)
    assert submitted(server) == [["Ada", "Bo"], ["Cy"]]
