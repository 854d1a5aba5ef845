"""Where the predictions of a run or system lie."""

import pytest

from mmner.base.errors import InputError
from mmner.evaluate import scored

PARAMS = """\
preparations: {p: {}}
runs: {ours: {preparation: p}}
systems: {theirs: {preparation: p}}
"""


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """The folder of runs, beside that of systems, where params.yaml names one of each."""
    (tmp_path / "params.yaml").write_text(PARAMS)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "data" / "runs"


def test_a_system_is_found_where_a_run_of_its_name_was_before(runs):
    for folder in (runs, runs.parent / "systems"):
        (folder / "theirs").mkdir(parents=True)
    assert scored.place("theirs", runs) == runs.parent / "systems" / "theirs"


def test_what_params_do_not_name_is_found_by_its_folder(runs):
    (runs / "gone").mkdir(parents=True)
    assert scored.place("gone", runs) == runs / "gone"
    assert scored.place("ours", runs) == runs / "ours"
    with pytest.raises(InputError, match=r"unknown-entry.*nobody[\s\S]*one of: ours, theirs"):
        scored.place("nobody", runs)
