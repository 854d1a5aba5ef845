"""Servers many of whose answers are odd, drawn by a fixed seed: a row is right or has an error, none is lost."""

import pytest

from benchmarks import odd_answers
from tests.fakes.llm_server import KEY

pytestmark = pytest.mark.usefixtures("own_store")


@pytest.mark.parametrize("server", [odd_answers.llm, odd_answers.wiki])
def test_no_row_is_lost_by_odd_answers(server, monkeypatch):
    monkeypatch.setenv("TEST_LLM_KEY", KEY)
    counts = server(24, seed=1)
    assert counts["right"] + counts["named"] == counts["right after"] + counts["named after"] == 24
    assert counts["lost"] == counts["lost after"] == 0
    assert counts["named"] > 0
    assert counts["right after"] >= counts["right"]
