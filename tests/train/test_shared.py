"""States of trainings where users share a DVC cache, whose umask lets the group read and not write."""

import os
import tempfile
from pathlib import Path

import pytest
import torch

from mmner.train import finished, resume
from tests.rows.test_store import alone, repository  # noqa: F401  a fixture

GROUP, FIRST, SECOND = 60_100, 60_101, 60_102


@pytest.mark.usefixtures("alone")
def test_a_second_user_trains_what_a_first_one_began(monkeypatch):
    if os.geteuid() != 0:
        pytest.skip("who isn't root can't be two users")
    with tempfile.TemporaryDirectory() as name:  # pytest's own folders are closed to other users
        place = Path(name)
        place.chmod(0o755)
        config = f"[cache]\n    dir = {place}/cache\n    shared = group\n"
        monkeypatch.chdir(repository(place / "clone", config))
        (place / "cache/mmner").mkdir(parents=True)
        for folder in (place / "cache", place / "cache/mmner"):
            os.chown(folder, 0, GROUP)
            folder.chmod(0o2775)
        assert [_train_as(user) for user in (FIRST, SECOND, FIRST)] == [0, 0, 0]
        assert resume.read(finished.resume_folder() / "state.pt")["steps"] == 3


def _train_as(user: int) -> int:
    """The status of a process of `user` that takes the lock, and writes a step more than the state has."""
    if (child := os.fork()) == 0:
        try:
            os.umask(0o022)
            os.setgroups([])
            os.setgid(GROUP)
            os.setuid(user)
            with finished.locked("key"):
                file = finished.resume_folder() / "state.pt"
                steps = resume.read(file)["steps"] if file.exists() else 0
                resume.write(file, {"steps": steps + 1, "weights": torch.zeros(2)})
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
