"""Money is counted a row, and the limit is never passed."""

import json
from contextlib import suppress
from itertools import pairwise

import pytest

from mmner import artifacts, rows
from mmner.__main__ import main
from mmner.errors import InputError
from tests.llm.conftest import expressions, posts, sentence_of
from tests.llm.server import Reply

WORDS = tuple(f"post{number}" for number in range(12))
PRICES = {"input": 10.0, "output": 100.0}


def dearest(body, number):
    """An answer that uses every token that the request allows."""
    usage = {"prompt_tokens": 1000, "completion_tokens": body["max_tokens"]}
    return Reply(json.dumps({"expressions": [sentence_of(body)]}), usage=usage)


def write(tmp_path, backend, place="one"):
    out = tmp_path / "prepared" / place / "expressions.parquet"
    return rows.write("expressions", out, posts(*WORDS), backend, {"expressions": None})


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


def test_a_limit_too_small_for_one_request_asks_nothing(serve, tmp_path):
    server = serve(dearest)
    with pytest.raises(InputError, match="spending limit"):
        write(tmp_path, expressions(server, prices=PRICES, max_money=0.001))
    assert server.asked == []


def test_the_estimate_of_a_request_is_at_least_its_bytes(serve):
    server = serve(dearest)
    backend = expressions(server, prices=PRICES)
    backend(posts("Zoë 😀 " * 50))
    sent = json.dumps(server.asked[0]["messages"], ensure_ascii=False).encode()
    request = next(backend._talk(posts("Zoë 😀 " * 50)[0]))
    assert request.bound(backend.params) > len(sent)


def test_a_request_whose_price_is_unknown_counts_as_its_estimate(serve):
    slow = serve(lambda body, number: Reply("{}", slow=0.5))
    backend = expressions(slow, prices=PRICES, max_money=100.0, timeout=0.1, retries=0)
    backend(posts("Ada"))
    assert backend._door.purse.spent > 0.03
    slow.die()
    gone = expressions(slow, prices=PRICES, max_money=100.0, retries=0)
    gone(posts("Bo"))
    assert gone._door.purse.spent == pytest.approx(0)  # nothing was reached, nothing is charged


def test_a_server_that_counts_no_tokens_is_booked_at_the_estimate(serve):
    (result,) = expressions(serve(lambda body, number: Reply('{"expressions": []}', usage=None)), prices=PRICES)(
        posts("Ada")
    )
    assert result.tokens > 300
    assert result.money > 0.03


def test_costs_adds_up_what_lies_beside_the_artifacts_and_counts_shared_rows_once(serve, tmp_path, monkeypatch, capsys):
    cheap = {"input": 0.01, "output": 0.01}  # a row costs 0.0000013: less than what artifacts round floats to
    server = serve(
        lambda body, number: Reply('{"expressions": []}', usage={"prompt_tokens": 30, "completion_tokens": 100})
    )
    for place in ("one", "two"):
        write(tmp_path, expressions(server, prices=cheap), place)
    book = artifacts.read(tmp_path / "prepared" / "two" / "expressions.rows.parquet", "rows")
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
