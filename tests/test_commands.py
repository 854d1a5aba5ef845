"""What every command of `python -m mmner` makes of a folder that is none, and of a name that nothing has."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from mmner import __main__
from mmner.base.errors import InputError
from mmner.tools.costs import garbage

ROOT = Path(__file__).resolve().parents[1]
MAKE = {"file": lambda path: path.write_text("x"), "pipe": os.mkfifo, "loop": lambda path: path.symlink_to(path.name)}
READERS = (
    "clean --prepared",
    "costs --prepared",
    "corpus list --data",
    "doctor --data",
    "experiments list --runs",
    "tables --only iac1 --runs",
    "tables --only iac3 --data",
    "score --preparation sample x.jsonl --prepared",
)


@pytest.fixture
def call(tmp_path, monkeypatch, own_store):
    """call(line): runs a command in a clone without data."""
    for name in ("dvc.yaml", "params.yaml"):
        shutil.copy(ROOT / name, tmp_path)
    monkeypatch.chdir(tmp_path)

    def run(line: str) -> None:
        monkeypatch.setattr(sys, "argv", ["mmner", *line.split()])
        __main__.main()

    return run


@pytest.mark.parametrize("command", READERS)
def test_what_is_no_folder_is_named(call, tmp_path, command):
    for kind, make in MAKE.items():
        make(tmp_path / kind)
    for place in (*MAKE, "nowhere"):
        with pytest.raises(InputError, match=f"bad-option.*--{command.rpartition('--')[2]} {place}: no "):
            call(f"{command} {place}")


@pytest.mark.parametrize("command", ["corpus get twitter2015 --from mine --data", "corpus new own mine --data"])
def test_a_folder_that_is_written_may_be_new_and_no_file(call, tmp_path, command):
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="bad-option.*--data file: no folder"):
        call(f"{command} file")
    with pytest.raises(InputError, match="missing-"):  # files that would be copied there
        call(f"{command} new")


def test_costs_of_a_preparation_that_nobody_has_are_an_error_with_those_that_there_are(call):
    call("costs --preparation sample")
    with pytest.raises(InputError, match=r"unknown-entry.*--preparation nobody.*\n  remedy: one of: sample"):
        call("costs --preparation nobody")


@pytest.mark.parametrize("kind", MAKE)
def test_rows_of_an_artifact_that_is_none_are_not_taken_for_unused(tmp_path, kind):
    (tmp_path / "sample").mkdir()
    MAKE[kind](tmp_path / "sample" / "captions.rows.parquet")
    with pytest.raises(InputError, match=r"(missing-artifact|artifact-schema).*captions.rows.parquet"):
        garbage.in_use(tmp_path, all_commits=False)


def test_in_the_folder_of_an_experiment_which_has_a_dvc_yaml_commands_refuse(call, tmp_path, monkeypatch):
    experiment = tmp_path / "experiments" / "mine"
    experiment.mkdir(parents=True)
    for name in ("dvc.yaml", "params.yaml"):
        shutil.copy(tmp_path / name, experiment)
    monkeypatch.chdir(experiment)
    with pytest.raises(InputError, match=f"not-at-root.*an experiment\n  remedy: run it in {tmp_path}$"):
        call("clean --keep-days 0 --drop --yes")


@pytest.mark.parametrize("why", ["refuses", "is not installed"])
def test_where_git_fails_nothing_counts_as_unused(tmp_path, monkeypatch, why):
    monkeypatch.chdir(tmp_path)
    assert garbage.in_use(tmp_path, all_commits=False).artifacts == 0  # no repository, as of a copy without .git
    (tmp_path / ".git").write_text("gitdir: /nowhere\n")
    if why == "is not installed":
        monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="git-failed.*git rev-list: "):
        garbage.in_use(tmp_path, all_commits=False)
