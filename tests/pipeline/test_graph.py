"""The real dvc.yaml against the code: what a stage imports is what it depends on, and who may see the answers."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from mmner.rows import command
from mmner.rows.stages import STAGES as ROW_STAGES
from tests.pipeline.graph import ROOT, rooms

STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]


def stanza(stage: str) -> dict:
    return STAGES[stage].get("do", STAGES[stage])


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_depends_on_the_rooms_that_it_imports_and_on_no_other(stage):
    listed = [dep for dep in stanza(stage)["deps"] if dep.startswith("mmner")]
    assert sorted(listed) == sorted(f"mmner/{room}" for room in rooms(stage))


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_is_one_script_of_its_name_on_which_it_depends(stage):
    script = f"stages/{stage}.py"
    assert stanza(stage)["cmd"].startswith(f"python {script} ")
    assert [dep for dep in stanza(stage)["deps"] if dep.startswith("stages/")] == [script]


def test_only_candidates_train_evaluate_and_tag_read_gold():
    readers = {stage for stage in STAGES if any("gold" in dep for dep in stanza(stage)["deps"])}
    assert readers == {"candidates", "train", "evaluate", "tag"}


def test_gold_is_written_by_examples_alone_and_named_in_no_other_command_than_its_readers():
    writers = {stage for stage in STAGES if any("gold" in str(out) for out in stanza(stage)["outs"])}
    assert writers == {"examples"}
    named = {stage for stage in STAGES if "gold.parquet" in stanza(stage)["cmd"]}
    assert named <= {"examples", "candidates", "train", "evaluate", "tag"}


@pytest.mark.parametrize("stage", STAGES)
def test_all_that_a_stage_writes_goes_through_the_remote_since_git_ignores_it(stage):
    entries = [entry for kind in ("outs", "metrics", "plots") for entry in stanza(stage).get(kind, [])]
    options = [given for entry in entries if isinstance(entry, dict) for given in entry.values()]
    assert not [given for given in options if given.get("cache") is False or given.get("push") is False]


@pytest.mark.parametrize("stage", STAGES)
def test_an_artifact_of_rows_goes_to_the_remote_that_its_corpus_asks_for(stage):
    outs = [out for out in stanza(stage)["outs"] if ".parquet" in str(out)]
    assert [out for out in outs if not isinstance(out, dict)] == []
    assert {options["remote"] for out in outs for options in out.values()} <= {"${item.remote}"}


@pytest.mark.parametrize("stage", STAGES)
def test_help_of_a_stage_imports_no_package(stage):
    """-I -S: without the packages that are installed. `python -m benchmarks --only help` measures its seconds."""
    command = [sys.executable, "-I", "-S", f"stages/{stage}.py", "--help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert f"usage: {stage}.py" in done.stdout


@pytest.mark.parametrize("stage", ROW_STAGES)
def test_a_row_wise_stage_reads_what_its_declaration_says(stage):
    declared = ROW_STAGES[stage]
    deps = [dep for dep in stanza(stage)["deps"] if dep.endswith(".parquet")]
    assert sorted(Path(dep).stem for dep in deps) == sorted({"examples", *declared.artifacts})
    if stage != "images":  # whose corpus is another one's, made by itself
        corpora = [param.rpartition(".")[2] for param in stanza(stage)["params"] if param.startswith("corpora.")]
        assert sorted(corpora) == sorted(declared.settings)
        assert set(re.findall(r"--([\w-]+) ", stanza(stage)["cmd"])) == {
            action.option_strings[0].removeprefix("--")
            for action in command.arguments(declared, "x")._actions
            if action.required
        }
