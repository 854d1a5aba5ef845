"""Which interpreter `make` builds .venv with, and what it says of one that is not supported, or has no pip."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
NAMES = ("python3", "python3.14", "python3.13", "python3.12", "python3.11")


@pytest.fixture
def make(tmp_path):
    """A function that runs make in a copy of the Makefile; of Python, there is `found`: a name and its exit status."""

    def run(*args, found):
        for name in ("Makefile", "requirements.txt", "pyproject.toml"):
            shutil.copy(ROOT / name, tmp_path)
        (tmp_path / "bin").mkdir()
        for name in NAMES:
            script = tmp_path / "bin" / name
            said = f"echo {name} of the test" if name in found else f"echo pyenv: {name}: command not found >&2"
            script.write_text(f"#!/bin/sh\n[ $1 = -c ] || {said}\nexit {found.get(name, 127)}\n")
            script.chmod(0o755)
        env = {name: value for name, value in os.environ.items() if name not in ("PYTHON", "MAKEFLAGS")}
        env["PATH"] = f"{tmp_path / 'bin'}{os.pathsep}{env['PATH']}"
        return subprocess.run(["make", *args, ".venv/ready"], cwd=tmp_path, env=env, capture_output=True, text=True)

    return run


@pytest.mark.parametrize(
    ("found", "taken"),
    [
        ({"python3": 0, "python3.13": 0}, "python3"),
        ({"python3": 1, "python3.12": 0, "python3.13": 0}, "python3.13"),
        ({"python3.11": 0}, "python3.11"),
    ],
)
def test_the_user_s_own_interpreter_then_the_newest_that_runs_and_fits(make, found, taken):
    planned = make("--dry-run", found=found)
    assert f"\n{taken} -m venv --without-pip .venv\n" in planned.stdout


@pytest.mark.parametrize(
    ("args", "said"),
    [((), "python3 --version: python3 of the test"), (("PYTHON=no-python",), "no-python --version: ")],
)
def test_an_unsupported_interpreter_is_named_before_anything_is_made(make, tmp_path, args, said):
    done = make(*args, found={"python3": 1})
    assert done.returncode == 2
    assert f"error[python] mmner needs Python 3.11 to 3.14; {said}" in done.stderr
    assert "remedy: " in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_an_activated_environment_without_pip_stands_for_the_interpreter_it_was_made_with(tmp_path):
    python = sys._base_executable
    subprocess.run([python, "-m", "venv", "--without-pip", tmp_path / ".venv"], check=True)
    for name in ("Makefile", "requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    env = {name: value for name, value in os.environ.items() if name not in ("PYTHON", "MAKEFLAGS")}
    env["PATH"] = f"{tmp_path / '.venv' / 'bin'}{os.pathsep}{env['PATH']}"
    planned = subprocess.run(
        ["make", "--dry-run", ".venv/ready"], cwd=tmp_path, env=env, capture_output=True, text=True, check=True
    )
    taken = re.search(r"^(\S+) -m venv --without-pip .venv$", planned.stdout, re.M)[1]
    assert Path(taken).resolve() == Path(python).resolve()
    assert tmp_path not in Path(taken).parents


def test_an_interpreter_without_pip_is_named_before_anything_is_made(tmp_path):
    for name in ("Makefile", "requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    subprocess.run([sys._base_executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    bare = tmp_path / "bare" / "bin" / "python"
    done = subprocess.run(["make", f"PYTHON={bare}", ".venv/ready"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 2
    assert f"error[pip] {bare} has no pip" in done.stderr
    assert "remedy: " in done.stderr
    assert not (tmp_path / ".venv").exists()
