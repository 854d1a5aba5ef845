"""Benchmarks that no other test runs come to their figures; what these say is for a quiet machine."""

import pytest

from benchmarks import stage_overhead, workers

pytestmark = pytest.mark.slow


def test_workers_are_timed_where_they_leave_an_equal_artifact():
    (found,) = workers.measure(rows=24, workers=2, stages=("captions",))
    assert found.name == "captions: 2 workers"
    assert found.note.endswith("24 rows, an equal artifact")
    assert found.value > 0


def test_every_stage_that_runs_a_model_is_timed_on_the_made_up_corpus():
    found = stage_overhead.measure(rows=24)
    assert [figure.name for figure in found] == [f"{stage}: outside the backend" for stage in stage_overhead.MODELS]
    assert all(0 < figure.value < 100 for figure in found)
