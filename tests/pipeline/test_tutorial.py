"""The tutorial and the README, typed as they stand: each command of their console blocks, and what it prints."""

import contextlib
import dataclasses
import importlib.util
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

import pytest

from mmner.__main__ import COMMANDS
from tests.pipeline import console
from tests.pipeline.console import Step
from tests.pipeline.graph import ROOT
from tests.pipeline.project import Project

PAGES = (ROOT / "docs" / "tutorial.md", ROOT / "README.md")
SERVE = "serve"  # marks a block whose command goes on until Ctrl-C
SERVERS = ROOT / ".venv-serve"  # a folder for PYTHONPATH with the packages that serve wants
MADE = (SERVERS / "ready").is_file()  # half of it, while it is being made, is of no use
PATIENCE = 120  # seconds until a server has loaded its model


class Clone(Project):
    """What a reader has cloned, without the sample's own corpus. Trainings are shorter, so that the test is, too."""

    def _small_params(self) -> dict:
        return {}

    def _make_corpus(self) -> None:
        """The tutorial writes its own."""

    def write_params(self) -> None:
        """As the file that ships, comments and all, but for the numbers: the pages' commands insert lines into it."""
        text = (ROOT / "params.yaml").read_text(encoding="utf-8")
        for shipped, small in (("epochs: 6", "epochs: 5"), ("folds: 3", "folds: 2")):
            assert shipped in text
            text = text.replace(shipped, small)
        (self.folder / "params.yaml").write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("printed", "expected", "same"),
    [
        ("a 1.5 s (b)\n", "a … s (b)", True),
        ("a 1.5 s (c)\n", "a … s (b)", False),
        ("one\ntwo\nthree\n", "one\n…\nthree", True),
        ("one\nthree\n", "one\n…\nthree", True),
        ("one\ntwo\n", "one\n…\nthree", False),
        ("one\ntwo\n", "one", False),
        ("one\n", "", False),
        ("", "", True),
        ("1+1\n", "1+1", True),
        ("11\n", "1+1", False),
    ],
)
def test_what_a_command_prints_is_compared_line_by_line(printed, expected, same):
    assert console.matches(printed, expected) is same


def test_a_block_is_read_as_commands_with_what_they_print(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# T\n\n```console\n$ a <<'END'\nx\nEND\n$ b \\\n    c\nd\n```\n\n```console serve\n$ e\n```\n")
    assert console.steps(page) == [
        Step("a <<'END'\nx\nEND", "", 4, ""),
        Step("b \\\n    c", "d", 7, ""),
        Step("e", "", 13, "serve"),
    ]


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """The clone after the tutorial's and README's commands have been run in it, in their order, each as it says."""
    clone = Clone(tmp_path_factory.mktemp("clone"))
    for page in PAGES:
        for step in console.steps(page):
            if step.mark != SERVE:
                printed = console.run(_here(step), clone.folder, _environment(clone))
                where = f"{page.name}, line {step.line}: {step.command}"
                assert console.matches(printed, step.printed), f"{where}\nprinted:\n{printed}"
    return clone


def _environment(clone: Project) -> dict[str, str]:
    folders = (clone.folder, SERVERS) if MADE else (clone.folder,)
    return clone.environment | {"PYTHONPATH": os.pathsep.join(map(str, folders))}


def _here(step: Step) -> Step:
    """`step` as it can be run in a test: make would install, so it is asked alone whether it knows what to do."""
    if step.command.startswith("make "):
        target = step.command.partition("#")[0].split()[1]
        return dataclasses.replace(step, command=f"make --dry-run -C {ROOT} {target} > /dev/null")
    return step


@pytest.mark.slow
def test_the_commands_of_tutorial_and_readme_print_what_stands_there(clone):
    assert (clone.folder / "mine-model" / "pipeline.json").is_file()


@pytest.mark.slow
@pytest.mark.skipif(SERVE not in COMMANDS, reason="this mmner has no command serve")
@pytest.mark.skipif(not (MADE or importlib.util.find_spec("fastapi")), reason="the extra serve is not here")
def test_the_server_of_the_tutorial_answers(clone):
    (step,) = [step for page in PAGES for step in console.steps(page) if step.mark == SERVE]
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as found:
        port = found.getsockname()[1]
    command = [*step.command.split(), "--port", str(port)]
    process = subprocess.Popen(command, cwd=clone.folder, env=_environment(clone))
    try:
        assert b"<html" in _page(f"http://127.0.0.1:{port}/", process).lower()
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE)


def _page(address: str, process: subprocess.Popen) -> bytes:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(address, timeout=10) as answer:
                return answer.read()
        except urllib.error.URLError:
            assert process.poll() is None, "the server ended"
            assert time.monotonic() < end, "nothing answers"
            time.sleep(0.5)
