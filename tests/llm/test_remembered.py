"""What the store remembers of a server and can't be used: it is forgotten, and the server is asked again."""

import json

import pytest

from mmner.base.errors import InputError
from mmner.rows import compute, parquet
from mmner.rows.ledger import failed_at_key, unbooked_key
from mmner.tools.costs import retry
from tests.fakes.llm_server import Reply
from tests.llm.asking import expressions, first_word, posts

ANSWER = '{"expressions": ["Old"]}'
# No answers: values as the table `marks` may hold them.
GARBAGE = [
    "",
    "{",
    "null",
    "3",
    "[]",
    "{}",
    '"text"',
    '{"txt": "a"}',
    '{"text": null}',
    '{"text": 7}',
    '{"text": "a", "finish": ["stop"]}',
    '{"text": "a", "tokens": "many"}',
    '{"text": "a", "money": null}',
    '{"text": "a", "rejected": true}',
    "[" * 100_000,
    b"\xff\xfe{",
]


def put(store, key: str, value: str | bytes) -> None:
    with store.writing() as db:
        db.execute("DELETE FROM marks WHERE key = ?", (key,))
        db.execute("INSERT INTO marks VALUES (?, ?, 0)", (key, value))


def key_of(backend, sentence: str) -> str:
    (item,) = posts(sentence)
    return next(backend._conversation(item)).key(backend.params)


def write(tmp_path, backend, *sentences):
    out = tmp_path / "expressions.parquet"
    report = compute.write("expressions", out, posts(*sentences), backend, {"expressions": None})
    return report, [row["expressions"] for row in parquet.read(out, "expressions")]


@pytest.mark.parametrize("garbage", GARBAGE, ids=lambda value: str(value[:30]))
def test_a_remembered_answer_that_is_none_is_asked_for_again(garbage, serve, store, tmp_path):
    server = serve()
    backend = expressions(server)
    ada, bo = (key_of(backend, sentence) for sentence in ("Ada", "Bo"))
    put(store, ada, garbage)
    put(store, bo, json.dumps({"text": ANSWER, "finish": "stop"}))
    assert backend.remembered(posts("Ada", "Bo")) == [False, True]  # what `costs --plan` and `retry` ask
    put(store, ada, garbage)
    report, values = write(tmp_path, expressions(server), "Ada", "Bo")
    assert (values, report.failed, len(server.asked)) == ([["Ada"], ["Old"]], 0, 1)
    assert store.get([ada])[ada]["text"] == '{"expressions": ["Ada"]}'  # in the place of the garbage


def test_an_answer_with_a_field_of_a_later_version_is_used(serve, store, tmp_path):
    server = serve()
    put(store, key_of(expressions(server), "Ada"), json.dumps({"text": ANSWER, "model": "m-2"}))
    assert write(tmp_path, expressions(server), "Ada")[1] == [["Old"]]
    assert server.asked == []


@pytest.mark.parametrize("garbage", ["{", "[]", "{}", '{"batch": 7}', '{"batch": ""}', '{"batch": ["b"]}'])
def test_a_batch_that_is_remembered_as_none_is_submitted_again(garbage, serve, store, tmp_path):
    server = serve()

    def run():
        return write(tmp_path, expressions(server, batch=True), "Ada")

    with pytest.raises(InputError, match="pending"):
        run()
    (mark,) = (key for (key,) in store.db.execute("SELECT key FROM marks WHERE key LIKE 'llm-batched:%'"))
    (intent,) = (key for (key,) in store.db.execute("SELECT key FROM marks WHERE key LIKE 'llm-batch-intent:%'"))
    put(store, mark, garbage)
    put(store, intent, "garbage")
    with pytest.raises(InputError, match="pending"):
        run()
    assert len(server.batches) == 2
    server.batch_status = "completed"
    assert run()[1] == [["Ada"]]


@pytest.mark.parametrize("garbage", ["{", "[]", "{}", '{"keys": 7}', '{"keys": [7]}', '{"tokens": 1}'])
def test_retry_forgets_a_failed_row_whatever_is_remembered_of_it(garbage, serve, store, tmp_path):
    server = serve(lambda body, number: Reply("no answer") if number <= 2 else first_word(body))
    backend = expressions(server, prices={"input": 1.0, "output": 1.0})
    with pytest.raises(InputError, match="all-failed"):
        write(tmp_path, backend, "Ada")
    ((row,),) = store.db.execute("SELECT fingerprint FROM rows").fetchall()
    answered = key_of(backend, "Ada")
    for key in (failed_at_key(row), answered, unbooked_key(answered)):
        put(store, key, garbage)
    retry.forget(store, [row])
    report, values = write(tmp_path, expressions(server, prices={"input": 1.0, "output": 1.0}), "Ada")
    assert (values, report.failed) == ([["Ada"]], 0)


def test_a_row_that_one_server_rejected_is_asked_of_another_by_retry_alone(serve, store, tmp_path):
    """The address is in no fingerprint: a server that moves costs nothing."""
    strict = serve(lambda body, number: Reply("too long", status=400) if "Ada" in str(body) else first_word(body))
    report, values = write(tmp_path, expressions(strict), "Ada", "Bo")
    assert (values, report.failed) == ([None, ["Bo"]], 1)
    other = serve()
    report, values = write(tmp_path, expressions(other), "Ada", "Bo")
    assert (values, report.failed, other.asked) == ([None, ["Bo"]], 1, [])
    (rejected,) = store.query("SELECT fingerprint FROM rows WHERE error LIKE 'rejected%'")
    retry.forget(store, list(rejected))
    report, values = write(tmp_path, expressions(other), "Ada", "Bo")
    assert (values, report.failed, len(other.asked)) == ([["Ada"], ["Bo"]], 0, 1)
