"""Stages that go on under another interpreter: which one, and what is said where there is none."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from mmner.base import interpreter
from mmner.base.errors import InputError
from tests.corpus.folder import MAPPING

ROOT = Path(__file__).resolve().parents[2]


class Foreign:
    environment = "lavis"


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """Neither beside our interpreter nor in the checkout is there an environment."""
    monkeypatch.delenv("MMNER_LAVIS_PYTHON", raising=False)
    monkeypatch.setattr(sys, "prefix", str(tmp_path / ".venv"))
    monkeypatch.setattr(interpreter, "__file__", str(tmp_path / "mmner" / "base" / "interpreter.py"))
    return tmp_path


def test_a_missing_environment_is_named_with_the_command_that_builds_it(elsewhere):
    with pytest.raises(InputError, match=r"no-environment.*\.venv-lavis(.|\n)*make lavis-env"):
        interpreter.enter(Foreign())


@pytest.mark.parametrize(("stage", "backend"), [("captions", "lavis-blip2"), ("regions", "groundingdino-py")])
def test_a_stage_without_its_environment_says_so_before_it_reads_anything(stage, backend, tmp_path):
    variant = {"backend": backend, "weights": str(tmp_path)}
    everything = {"corpora": {"mine": MAPPING}, stage: {"mine": variant}}
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(everything), encoding="utf-8")
    files = [f"--{name}={name}.parquet" for name in ("examples", "out", *(["expressions"] * (stage == "regions")))]
    command = [sys.executable, ROOT / "stages" / f"{stage}.py", "--corpus=mine", "--variant=mine", "--raw=raw", *files]
    variables = os.environ | {"MMNER_LAVIS_PYTHON": "/nowhere/python"}
    done = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True)
    assert done.returncode == 1
    assert "error[no-environment]" in done.stderr
    assert "make lavis-env" in done.stderr


def test_an_interpreter_that_is_not_there_is_named(elsewhere, monkeypatch):
    monkeypatch.setenv("MMNER_LAVIS_PYTHON", "/nowhere/python")
    with pytest.raises(InputError, match="no-environment.*/nowhere/python"):
        interpreter.enter(Foreign())


def test_a_half_built_environment_is_none(elsewhere):
    folder = elsewhere / ".venv-lavis"
    folder.mkdir()
    assert interpreter.python("lavis") is None
    (folder / "ready").touch()
    assert interpreter.python("lavis") == folder / "bin" / "python"


def test_a_backend_without_an_environment_stays_where_it_is(elsewhere):
    interpreter.enter(object())


SCRIPT = """
import os, sys
from mmner.base import interpreter
class Foreign:
    environment = "lavis"
print("in", os.environ.get("MMNER_ENVIRONMENT"), sys.argv[1:], flush=True)
interpreter.enter(Foreign())
print("after", sys.argv[1:])
"""


def test_the_script_starts_again_once_with_its_arguments(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT, encoding="utf-8")
    variables = {"MMNER_LAVIS_PYTHON": sys.executable, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, script, "a b"], env=variables, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["in None ['a b']", "in lavis ['a b']", "after ['a b']"]
