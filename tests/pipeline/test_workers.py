"""`MMNER_WORKERS=2 dvc repro`: every stage's artifact has the bytes that one process gives it."""

import shutil

import pytest

from tests.pipeline.project import ROWS, Project

pytestmark = pytest.mark.slow


class Uncounted(Project):
    python_path = ""  # what counts calls gives a backend a class that no other process can import


def test_the_real_backends_in_two_workers_leave_the_same_artifacts(prepared, tmp_path, monkeypatch):
    project = Uncounted.at(prepared.copy(tmp_path / "workers").folder)
    for path in (".dvc/cache", ".dvc/mmner", "data/prepared"):
        shutil.rmtree(project.folder / path)
    (project.folder / "dvc.lock").unlink()
    for stage in set(ROWS) - {"candidates"}:  # whose batch_size is its training's
        for variant in project.params[stage].values():
            variant["batch_size"] = 2  # so that there is work for both
    project.write_params()
    monkeypatch.setenv("MMNER_WORKERS", "2")
    printed = project.run("dvc", "repro", "chains@sample", "features@sample")
    assert project.digests() == prepared.digests()
    assert {stage for stage in ROWS if f"\n{stage}: 16 rows in, 0 reused" in printed} == set(ROWS)
