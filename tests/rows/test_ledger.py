"""Every run of a stage leaves its line, whatever ends it, and the lines tell what a row costs."""

import pytest

from mmner.base.errors import InputError
from mmner.rows import ledger
from mmner.rows.store import Row
from mmner.tools.costs import table
from tests.rows.upper import Upper, items, write


@pytest.fixture
def out(tmp_path):
    return tmp_path / "prepared" / "mine" / "captions.parquet"


def last(store, out):
    return ledger.runs(store, out.parents[1])[-1]


def test_a_run_says_what_was_reused_and_computed(store, out):
    write(out, items("a", "b"), Upper(), store)
    write(out, items("a", "b", "c"), Upper(fails="c"), store)
    run = last(store, out)
    assert (run.out, run.stage, run.backend, run.end) == (str(out), "captions", "upper", ledger.WHOLE)
    assert (run.rows, run.reused, run.computed, run.failed) == (3, 2, 1, 1)
    assert [run.tokens for run in ledger.runs(store, out.parents[1])] == [6, 0]


def test_a_run_that_fails_says_why_and_counts_what_it_computed(store, out):
    with pytest.raises(InputError):
        write(out, items("a", "b"), Upper(passes="b"), store)
    assert (last(store, out).end, last(store, out).computed) == ("failed-for-now", 2)
    with pytest.raises(KeyboardInterrupt):
        write(out, items("c", "d", "e", "f"), Upper(dies_at=2), store)
    assert (last(store, out).end, last(store, out).computed) == ("stopped", 2)


def test_runs_into_other_folders_are_not_among_a_folders(store, out, tmp_path):
    write(out, items("a"), Upper(), store)
    write(tmp_path / "elsewhere" / "mine" / "captions.parquet", items("b"), Upper(), store)
    assert len(ledger.runs(store, out.parents[1])) == 1


def test_the_rate_is_that_of_the_variant_else_of_the_backend_else_unknown(store, out):
    write(out, items("a", "b"), Upper(), store)
    other = Upper()
    other.identity = lambda: {"backend": "upper", "version": 2}
    rate = ledger.rate(store, "captions", other.identity())
    assert (rate.tokens, rate.money, rate.whose) == (3.0, 0.5, "backend upper")
    assert ledger.rate(store, "captions", Upper().identity()).whose == "this variant"
    assert ledger.rate(store, "expressions", Upper().identity()) is None
    assert ledger.rate(store, "captions", {"backend": "lower"}) is None


def test_the_ledger_leaves_artifacts_as_they_are(store, out):
    write(out, items("a", "b"), Upper(), store)
    before = {file.name: file.read_bytes() for file in out.parent.iterdir()}
    write(out, items("a", "b"), Upper(), store)
    assert {file.name: file.read_bytes() for file in out.parent.iterdir()} == before


def test_what_an_error_cost_is_counted_still_when_a_value_takes_its_place(store):
    store.add("captions", {"a": Row(None, "truncated", 1.0, 1000, 2.5), "b": Row(None, "image broken", 1.0)})
    value = Row({"caption": "A photo."}, None, 1.0, 400, 1.0)
    for _ in range(2):  # the second time there is no error any more
        store.add("captions", {"a": value, "b": value}, overwrite_errors=True)
        assert table.unbooked(store) == (1, (0.0, 1000, 2.5))
        assert table.kept(store) == (2, (2.0, 800, 2.0))
