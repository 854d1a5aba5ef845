"""DVC's own files, as a kill, a merge or a hand can leave them, and the way out that the errors name."""

import os
import subprocess
import sys

import pytest

from mmner.base import dvc_files
from mmner.base.errors import InputError

DVC = [sys.executable, "-m", "dvc"]
STAGE = "stages:\n  one:\n    cmd: echo ran >> log && echo 1 > a.txt\n    deps: [in.txt]\n    outs: [a.txt]\n"
MD5 = "b026324c6904b2a9cb4b88d6d61c81d1"  # of "1\n"
LOCK = f"schema: '2.0'\nstages:\n  one:\n    cmd: x\n    outs:\n    - path: a.txt\n      md5: {MD5}\n      size: 2\n"


@pytest.fixture
def repository(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    subprocess.run([*DVC, "init", "--no-scm", "-q"], check=True)
    (tmp_path / "in.txt").touch()
    (tmp_path / "dvc.yaml").write_text(STAGE, encoding="utf-8")
    subprocess.run([*DVC, "repro", "-q"], check=True)
    return tmp_path


def test_what_a_lock_names_is_read(repository):
    assert dvc_files.locked_outs() == {"a.txt": MD5}
    assert dvc_files.outs(LOCK) == {"a.txt": MD5}
    assert dvc_files.outs("schema: '2.0'\nstages: {}\n") == {}
    (repository / "dvc.lock").unlink()
    assert dvc_files.locked_outs() == {}


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "[1",
        "- 1\n",
        "stages: x\n",
        "stages: [1]\n",
        "stages: {one: {outs: [{md5: x}]}}",
        "stages: {one: {outs: [{path: a.txt, md5: 5}]}}",
        LOCK.replace(MD5, f"../../{MD5}"),
        LOCK.replace("stages:", "<<<<<<< HEAD\nstages:\n======="),
    ],
)
def test_a_broken_lock_is_named_and_its_remedy_leads_out(repository, broken):
    (repository / "dvc.lock").write_text(broken, encoding="utf-8")
    with pytest.raises(InputError, match="rm dvc.lock; then dvc repro") as caught:
        dvc_files.locked_outs()
    assert caught.value.name == "dvc-lock"
    (repository / "dvc.lock").unlink()
    (repository / "a.txt").unlink()
    subprocess.run([*DVC, "repro", "-q"], check=True)
    assert dvc_files.locked_outs() == {"a.txt": MD5}
    assert (repository / "log").read_text() == "ran\n"  # once: what came out was in DVC's cache


@pytest.mark.parametrize("broken", ["", "{", "[]"])
def test_a_broken_rwlock_is_named_and_its_remedy_leads_out(repository, broken):
    dvc_files.check_rwlock()
    rwlock = repository / ".dvc" / "tmp" / "rwlock"
    rwlock.write_text(broken, encoding="utf-8")
    with pytest.raises(InputError, match=r"(?s)dvc-rwlock.*remedy: rm") as caught:
        dvc_files.check_rwlock()
    assert caught.value.remedy.startswith(f"rm {rwlock}")
    rwlock.unlink()
    assert subprocess.run([*DVC, "repro", "-q"], check=False).returncode == 0


def test_a_lock_that_is_a_device_or_a_pipe_is_named_and_nobody_waits_for_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for make in (lambda: os.symlink("/dev/null", "dvc.lock"), lambda: os.mkfifo("dvc.lock")):
        make()
        with pytest.raises(InputError, match="dvc-lock.*no file to be read from, but a pipe or a device"):
            dvc_files.locked_outs()
        os.unlink("dvc.lock")
