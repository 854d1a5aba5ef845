"""Money is counted a row, and the limit is never passed."""

import json
from contextlib import suppress
from itertools import pairwise

import pytest

from mmner.__main__ import main
from mmner.base.errors import InputError
from mmner.rows import compute, dry_run, ledger, parquet
from mmner.rows.store import Store
from mmner.tools.costs import retry, table
from tests.fakes.llm_server import Reply, sentence_of
from tests.llm.asking import expressions, posts

WORDS = tuple(f"post{number}" for number in range(12))
PRICES = {"input": 10.0, "output": 100.0}


def dearest(body, number):
    """An answer that uses every token that the request allows."""
    usage = {"prompt_tokens": 1000, "completion_tokens": body["max_tokens"]}
    return Reply(json.dumps({"expressions": [sentence_of(body)]}), usage=usage)


def write(tmp_path, backend, place="one"):
    out = tmp_path / "prepared" / place / "expressions.parquet"
    return compute.write("expressions", out, posts(*WORDS), backend, {"expressions": None})


@pytest.mark.parametrize("concurrency", [1, 5])
def test_the_stage_stops_before_the_limit_is_passed_and_goes_on_at_the_next_run(serve, tmp_path, concurrency):
    server = serve(dearest)
    asked = []  # after each run
    while len(asked) < 9 and not (tmp_path / "prepared" / "one" / "expressions.parquet").exists():
        backend = expressions(server, prices=PRICES, max_money=0.25, concurrency=concurrency)
        with suppress(InputError):
            write(tmp_path, backend)
        asked.append(len(server.asked))
    spent = [(now - before) * (0.01 + 0.03) for before, now in pairwise([0, *asked])]
    assert len(spent) >= 3
    assert all(0 < money <= 0.25 for money in spent)
    assert asked[-1] == len(WORDS)  # none twice


def test_requests_on_their_way_end_no_row_that_the_money_they_give_back_pays(serve):
    server = serve(lambda body, number: Reply('{"expressions": []}'))  # 0.003 money of at most 0.04 that it can cost
    backend = expressions(server, prices=PRICES, max_money=0.1, concurrency=8)
    results = backend(posts(*WORDS))
    assert [result.error for result in results] == [None] * len(WORDS)
    assert server.most_at_once <= 2


@pytest.mark.parametrize("batch", [False, True])
def test_a_limit_too_small_for_one_request_asks_nothing_and_says_so(serve, tmp_path, batch):
    server = serve(dearest)
    with pytest.raises(InputError, match="spending limit: one request may cost 0.0[0-9]+ money, .*: raise max_money"):
        write(tmp_path, expressions(server, prices=PRICES, max_money=0.001, batch=batch))
    assert server.asked == []
    assert server.batches == {}


def test_the_estimate_of_a_request_is_at_least_its_bytes(serve):
    server = serve(dearest)
    backend = expressions(server, prices=PRICES)
    backend(posts("Zoë 😀 " * 50))
    sent = json.dumps(server.asked[0]["messages"], ensure_ascii=False).encode()
    request = next(backend._conversation(posts("Zoë 😀 " * 50)[0]))
    assert request.token_bound(backend.params) > len(sent)


def test_a_request_whose_price_is_unknown_counts_as_its_estimate(serve):
    slow = serve(lambda body, number: Reply("{}", slow=0.5))
    backend = expressions(slow, prices=PRICES, max_money=100.0, timeout=0.1, retries=0)
    backend(posts("Ada"))
    assert backend.budget.left["money"] < 100.0 - 0.03
    slow.die()
    gone = expressions(slow, prices=PRICES, max_money=100.0, retries=0)
    gone(posts("Bo"))
    assert gone.budget.left["money"] == pytest.approx(100.0)  # nothing was reached, nothing is charged


def test_a_server_that_counts_no_tokens_is_booked_at_the_estimate(serve):
    (result,) = expressions(serve(lambda body, number: Reply('{"expressions": []}', usage=None)), prices=PRICES)(
        posts("Ada")
    )
    assert result.tokens > 300
    assert result.money > 0.03


def totals(tmp_path) -> tuple[float, float]:
    """(money of all rows in the store; money of the ledger's runs)."""
    store = Store()
    runs = sum(run.money for run in ledger.runs(store, tmp_path / "prepared"))
    return pytest.approx(table.kept(store)[1].money), pytest.approx(runs)


def test_an_answer_that_is_remembered_costs_nothing_again(serve, tmp_path):
    server = serve(dearest)
    write(tmp_path, expressions(server, prices=PRICES))
    report = write(tmp_path, expressions(server, prices=PRICES, max_expressions=3))
    assert len(server.asked) == len(WORDS)
    assert (report.reused, report.computed, report.tokens, report.money) == (12, 0, 0, 0.0)
    book = parquet.read(tmp_path / "prepared" / "one" / "expressions.rows.parquet", "rows")
    assert {(row["tokens"], row["money"]) for row in book} == {(0, 0.0)}
    assert totals(tmp_path) == (12 * 0.04, 12 * 0.04)


def test_a_plan_counts_no_row_whose_answers_are_remembered_and_the_rate_is_of_rows_that_asked(
    serve, tmp_path, monkeypatch
):
    server = serve(dearest)
    write(tmp_path, expressions(server, prices=PRICES))
    write(tmp_path, expressions(server, prices=PRICES, max_expressions=3))
    assert ledger.rate(Store(), "expressions", expressions(server, max_expressions=3).identity()).money == (
        pytest.approx(0.04)
    )
    monkeypatch.setenv(dry_run.PLAN, str(tmp_path))
    out = tmp_path / "plan" / "expressions.parquet"
    backend = expressions(server, prices=PRICES, max_expressions=5)
    with pytest.raises(SystemExit):
        compute.write("expressions", out, posts(*WORDS, "Zoe"), backend, {"expressions": None})
    told = json.loads(out.with_suffix(".plan.json").read_text())
    asked = [name for name, key, state, _ in told["rows"] if state == "new" and key not in told["remembered"]]
    assert asked == ["12"]
    assert len(server.asked) == 12


def test_two_rows_made_of_one_answer_book_it_once(serve):
    same = posts("Ada", "Ada")
    results = expressions(serve(dearest), prices=PRICES)(same)
    assert [result.money for result in results] == [pytest.approx(0.04), 0.0]


@pytest.mark.parametrize("batch", [False, True])
def test_answers_that_were_paid_before_a_kill_are_booked_once_by_the_row_that_is_stored(serve, tmp_path, batch):
    server = serve(dearest)
    server.batch_status = "completed"

    def backend():
        return expressions(server, prices=PRICES, batch=batch)

    if batch:
        with pytest.raises(InputError, match="pending"):
            backend()(posts(*WORDS))
    for _ in range(2):
        backend()(posts(*WORDS))  # killed before its rows were stored
    assert totals(tmp_path) == (0.0, 0.0)
    assert table.unbooked(Store()) == (12, (0.0, 12 * 1300, pytest.approx(12 * 0.04 / (1 + batch))))
    assert write(tmp_path, backend()).money == pytest.approx(12 * 0.04 / (1 + batch))
    assert totals(tmp_path) == (12 * 0.04 / (1 + batch),) * 2
    assert table.unbooked(Store()) == (0, (0.0, 0, 0.0))
    assert len(server.asked) == (0 if batch else 12)


def test_what_a_row_cost_that_retry_forgets_stays_in_the_totals(serve, tmp_path):
    server = serve(lambda body, number: Reply("no idea"))
    with pytest.raises(InputError, match="all-failed"):
        write(tmp_path, expressions(server, prices=PRICES))
    paid = table.kept(Store())[1].money
    assert paid == pytest.approx(24 * 0.003)
    failed = [key for (key,) in Store().db.execute("SELECT fingerprint FROM rows")]
    retry.forget(Store(), failed)
    assert table.kept(Store())[1].money == 0
    assert table.unbooked(Store())[1].money == pytest.approx(paid)
    server.answer = dearest
    write(tmp_path, expressions(server, prices=PRICES))
    assert table.kept(Store())[1].money == pytest.approx(12 * 0.04)
    assert table.unbooked(Store())[1].money == pytest.approx(paid)


def test_costs_adds_up_what_lies_beside_the_artifacts_and_counts_shared_rows_once(serve, tmp_path, monkeypatch, capsys):
    cheap = {"input": 0.01, "output": 0.01}  # a row costs 0.0000013: less than what artifacts round floats to
    server = serve(
        lambda body, number: Reply('{"expressions": []}', usage={"prompt_tokens": 30, "completion_tokens": 100})
    )
    for place in ("one", "two"):
        write(tmp_path, expressions(server, prices=cheap), place)
    book = parquet.read(tmp_path / "prepared" / "two" / "expressions.rows.parquet", "rows")
    assert book[0]["money"] == pytest.approx(0.0000013)
    monkeypatch.setattr("sys.argv", ["mmner", "costs", "--prepared", str(tmp_path / "prepared")])
    main()
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [line[:3] + line[4:7] + line[-2:] for line in lines[2:4]] == [
        ["one", "expressions", "12", "0", "12", "0", "1560", "0.000016"],
        ["two", "expressions", "12", "12", "0", "0", "1560", "0.000016"],
    ]
    assert [line[8:10] for line in lines[2:4]] == [["1560", "0.000016"], ["0", "0.000000"]]
    assert " ".join(lines[4]).startswith("all artifacts here, shared rows once: 12 rows, ")
    assert " ".join(lines[4]).endswith(" 1560 tokens, 0.000016 money")
