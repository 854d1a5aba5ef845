"""The wheel: installed outside of the checkout, it has all files that the code reads."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from mmner.tools import catalogue
from mmner.tools.experiments import definitions
from tests import elsewhere

ROOT = Path(__file__).resolve().parents[1]
READ_ALL = """
from mmner.captions import llm as captions
from mmner.chains import llm as chains
from mmner.tools import catalogue
from mmner.tools.experiments import definitions
from mmner.expressions import llm as expressions
from mmner.llm import prompts
from mmner.networks.embedded.efficientnet import EfficientNet
from mmner.tools.tables import published

print(*map(definitions.load, definitions.names()), *map(definitions.profile, definitions.profiles()))
print(*map(definitions.rows, ("tvo", "iac", "text")), *map(published.paper, ("tvo", "iac")))
print(*map(catalogue.load, catalogue.names()))
print(prompts.load(captions.PROMPTS, "tvo", {"sentence", "domain_cue", "shape"}))
print(prompts.load(expressions.PROMPTS, "tvo", {"sentence", "caption"}))
places = {"sentence", "caption", "answers", "labels", "shape", "words", "candidates", "facts"}
print(prompts.load(chains.PROMPTS, "frame", places | {"task"}))
print(*(prompts.fragment(chains.PROMPTS, step, places) for step in chains.STEPS))
print(*EfficientNet().labels)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel of this checkout."""
    return elsewhere.build(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory):
    """A function that runs Python, in a folder of its own, where the wheel is installed beside the packages of ours."""
    folder = tmp_path_factory.mktemp("elsewhere")
    interpreter = elsewhere.install(wheel, folder)
    (folder / "dvc.yaml").write_text("stages: {}\n")  # with params.yaml, what makes a folder a repository's root
    shutil.copy(ROOT / "params.yaml", folder)
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def run(*args):
        done = subprocess.run([interpreter, *args], cwd=folder, env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_the_wheel_has_every_file_of_the_package(wheel):
    files = {path.relative_to(ROOT) for path in (ROOT / "mmner").rglob("*") if path.is_file()}
    ours = {str(path) for path in files if "__pycache__" not in path.parts}
    assert ours - set(zipfile.ZipFile(wheel).namelist()) == set()


def test_the_command_line_works_outside_of_the_checkout(python):
    assert "usage: python -m mmner" in python("-m", "mmner", "--help")
    listed = python("-m", "mmner", "corpus", "list")
    assert [name for name in catalogue.names() if name not in listed] == []
    listed = python("-m", "mmner", "experiments", "list")
    assert [name for name in definitions.names() if name not in listed] == []


def test_catalogue_prompts_and_labels_are_read_outside_of_the_checkout(python):
    here = subprocess.run([sys.executable, "-c", READ_ALL], cwd=ROOT, capture_output=True, text=True, check=True)
    assert python("-c", READ_ALL).splitlines() == here.stdout.splitlines()
