"""requirements.txt: the registry has every pin for every Python that is supported. Nothing large is downloaded.

The `--dry-run` of pip 26.3 with fast-deps reads a wheel's metadata alone; older ones download each wheel, torch's too.
"""

import os
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import pytest

from tests.test_lock import PYTHONS

ROOT = Path(__file__).resolve().parents[2]
PIP = "pip==26.3"
# Packages that have no wheel. Each is pure Python, so that its source builds for any Python without a compiler.
SOURCES = ("antlr4-python3-runtime", "seqeval")


@pytest.fixture(scope="module")
def pip(tmp_path_factory):
    """A function that starts the pip of PIP with arguments."""
    folder = tmp_path_factory.mktemp("pip")
    install = [sys._base_executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-deps"]
    done = subprocess.run([*install, "--target", folder, PIP], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"no registry answers: {done.stderr.strip()}")
    env = os.environ | {"PYTHONPATH": str(folder), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}

    def start(*args):
        command = [sys.executable, "-m", "pip", *args]
        return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    return start


def resolve(pip, python, lock, target):
    """A process of pip that looks whether `lock` can be installed for `python`, and says which packages that are."""
    only = ("--only-binary", ":all:", "--no-binary", ",".join(SOURCES))
    how = ("--dry-run", "--ignore-installed", "--no-deps", "--no-build-isolation", "--use-feature", "fast-deps")
    return pip("install", *how, *only, "--python-version", python, "--target", target, "--requirement", lock)


def test_the_lock_resolves_for_every_python(pip, tmp_path):
    running = {python: resolve(pip, python, ROOT / "requirements.txt", tmp_path) for python in PYTHONS}
    said = {python: process.communicate() for python, process in running.items()}
    assert {python: said[python][1] for python, process in running.items() if process.returncode} == {}
    assert [python for python in PYTHONS if "torch-" not in said[python][0].splitlines()[-1]] == []


def test_a_pin_without_a_wheel_for_a_python_is_found(pip, tmp_path):
    (tmp_path / "lock").write_text("rapidocr-onnxruntime==1.4.4\n")  # its last one is for 3.12
    running = {python: resolve(pip, python, tmp_path / "lock", tmp_path) for python in ("3.12", "3.13")}
    said = {python: process.communicate()[1] for python, process in running.items()}
    assert {python: process.returncode for python, process in running.items()} == {"3.12": 0, "3.13": 1}
    assert "No matching distribution found for rapidocr-onnxruntime==1.4.4" in said["3.13"]


@pytest.mark.parametrize("name", SOURCES)
def test_what_has_no_wheel_is_pure_python(name):
    assert "Root-Is-Purelib: true" in distribution(name).read_text("WHEEL")
