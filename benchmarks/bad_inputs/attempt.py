"""One bad input, tried: a copy of a small project is spoilt, and what users run is run on it, each with a time limit.

A command is a fork of this process, which has loaded what takes long to load; what is about the process itself
(descriptors, locale) runs as a process of its own.
"""

from __future__ import annotations

import os
import re
import resource
import runpy
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 30  # seconds a command
MEMORY = 6 * 2**30  # bytes of addresses a command: what a machine with less could not give
OUTCOMES = ("named", "row error", "meant", "doctor silent", "accepted", "no remedy", "traceback", "hung", "changed")
GOOD = ("named", "row error", "meant", "doctor silent")
_NAMED = re.compile(r"error\[([\w-]+)\]")
_TRACE = ("Traceback (most recent call last)", "error[unforeseen]", "Fatal Python error")


def nothing(folder: Path) -> None:
    """Spoils nothing: the command itself is what is wrong."""


@dataclass(frozen=True)
class Case:
    """spoil: makes the input bad, in the copy of the project. commands: as users write them, without `python`.

    meant: why status 0 is right, where it is. rows: status 0 is right if a row more has an error than before.
    environment: other variables. shell: a template of a command line, `{}` the command, for a process of its own.
    """

    area: str
    name: str
    spoil: Callable[[Path], object]
    commands: tuple[str, ...]
    meant: str = ""
    rows: bool = False
    environment: dict = field(default_factory=dict)
    shell: str = ""
    limit: float = LIMIT


@dataclass(frozen=True)
class Outcome:
    case: Case
    command: str
    kind: str
    said: str
    error: str = ""

    @property
    def last(self) -> str:
        """The last words: the last line that is no remedy."""
        lines = [line for line in self.said.splitlines() if line.strip()]
        return (lines[-1] if lines else "").strip()[:300]


def attempt(case: Case, base: Path) -> list[Outcome]:
    """The outcome of each of the case's commands, in one copy of the project in folder `base`."""
    with tempfile.TemporaryDirectory(dir=base.parent) as place:
        folder = Path(place) / "project"
        shutil.copytree(base / "project", folder, symlinks=True)
        shutil.copytree(base / "store", Path(place) / "store")
        case.spoil(folder)
        outcomes = []
        for command in case.commands:
            before = snapshot(folder)
            status, said = run(command, folder, case)
            outcomes.append(judge(case, command, status, said, before != snapshot(folder)))
        if any(one.kind in ("named", "row error") for one in outcomes):  # doctor loads nothing: a stage sees more
            outcomes = [replace(one, kind="doctor silent") if _silent(one) else one for one in outcomes]
        for path in folder.rglob("*"):  # what a case made read-only is to be deleted
            if path.is_dir() and not path.is_symlink():
                path.chmod(0o755)
        return outcomes


def _silent(outcome: Outcome) -> bool:
    return outcome.kind == "accepted" and (" doctor" in outcome.command or " corpus lint" in outcome.command)


def snapshot(folder: Path) -> dict[str, tuple]:
    """What tells whether a file of the project was touched; DVC's own folder, git's and caches of code left out."""
    found = {}
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in (".dvc", ".git", "__pycache__")]
        for name in files:
            state = os.lstat(path := os.path.join(place, name))
            found[path] = (state.st_size, state.st_mtime_ns, stat.S_IFMT(state.st_mode))
    return found


def run(command: str | list[str], folder: Path, case: Case) -> tuple[int | None, str]:
    """Exit status (None: not in time) and words of `command`, run in `folder`."""
    words = command.split() if isinstance(command, str) else command
    words = [word.replace("\x1f", " ") for word in words]
    _check_inside(words)
    environment = {"MMNER_STORE": str(folder.parent / "store"), **case.environment}
    log = folder.parent / "said"
    if case.shell:
        return _process(words, folder, environment, case)
    process = os.fork()
    if not process:
        _child(words, folder, environment, log)
    status = _wait(process, case.limit)
    return status, log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""


def _check_inside(words: list[str]) -> None:
    """Errors: ValueError where a command names a path outside of its project: as root, one wrote over /dev/zero."""
    if outside := [word for word in words if word.startswith(("/", "~"))]:
        raise ValueError(f"{outside[0]}: a case names places in its own project alone")


def _wait(process: int, limit: float) -> int | None:
    end = time.monotonic() + limit
    while time.monotonic() < end:
        done, status = os.waitpid(process, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.killpg(process, signal.SIGKILL)
    os.waitpid(process, 0)
    return None


def _child(words: list[str], folder: Path, environment: dict, log: Path) -> None:
    """Run `words` as `python WORDS` would, and end."""
    os.setsid()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    os.chdir(folder)
    for name, value in environment.items():
        os.environ.pop(name, None) if value is None else os.environ.__setitem__(name, value)
    target = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for number in (1, 2):
        os.dup2(target, number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    status = 0
    try:
        if words[:2] == ["-m", "mmner"]:
            sys.argv = ["mmner", *words[2:]]
            runpy.run_module("mmner", run_name="__main__", alter_sys=True)
        else:
            sys.argv = [str(ROOT / words[0]), *words[1:]]
            runpy.run_path(sys.argv[0], run_name="__main__")
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except BaseException:
        traceback.print_exc()
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status & 0xFF)


def _process(words: list[str], folder: Path, environment: dict, case: Case) -> tuple[int | None, str]:
    """As a process of its own, started by the case's line of shell."""
    words = words if words[0] == "-m" else [str(ROOT / words[0]), *words[1:]]
    line = case.shell.replace("{}", " ".join([sys.executable, *words]))
    kept = os.environ | {"PYTHONPATH": str(ROOT)} | environment
    kept = {name: value for name, value in kept.items() if value is not None}
    process = subprocess.Popen(
        ["bash", "-c", line],
        cwd=folder,
        env=kept,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        said, _ = process.communicate(timeout=case.limit)
        return process.returncode, said.decode(errors="replace")
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return None, process.communicate()[0].decode(errors="replace")


def judge(case: Case, command: str, status: int | None, said: str, changed: bool) -> Outcome:
    """What became of it."""
    found = _NAMED.search(said)
    usage = status == 2 and "usage: " in said  # argparse's own words say what is wrong, and what is allowed
    error = found[1] if found else "usage" if usage else ""
    if status is None:
        kind = "hung"
    elif any(mark in said for mark in _TRACE) or status < 0:
        kind = "traceback"
    elif status:
        fails = [line for line in said.splitlines() if line.startswith("FAIL ")]  # doctor's: a line each
        usage = usage or (fails and all("remedy: " in line for line in fails))
        kind = "named" if usage or (found and "remedy:" in said[found.start() :]) else "no remedy"
        kind = "changed" if changed else kind
    elif case.meant:
        kind = "meant"
    else:
        kind = "row error" if case.rows and _failed(said) else "accepted"
    return Outcome(case, command if isinstance(command, str) else " ".join(command), kind, said, error)


def _failed(said: str) -> bool:
    """Whether a stage's last line counts a row without value for another reason than that it has no image."""
    line = next((line for line in reversed(said.splitlines()) if " without " in line), "")
    return any(reason not in ("no image", "left out") for reason in re.findall(r"[(,] ?([a-z][^:,(]+): \d+", line))
