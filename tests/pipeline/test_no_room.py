"""A full disk and a read-only folder: a stage says so, loses nothing, and goes on from there when there is room."""

import os
import resource
import shutil
import subprocess
from contextlib import contextmanager

import pytest

pytestmark = pytest.mark.slow

KIB = 1024


@pytest.fixture
def project(prepared, tmp_path):
    """Nothing of `features` is known, neither to DVC nor to the row store, and rows are stored one by one."""
    project = prepared.copy(tmp_path / "project")
    for path in (".dvc/cache/runs", ".dvc/mmner"):
        shutil.rmtree(project.folder / path)
    project.params["features"]["efficientnet"] |= {"batch_size": 1, "patches": True}  # 49 vectors an image: 250 kB
    project.write_params()
    project.forget("features")
    return project


def _refused(project, limit: int | None = None) -> str:
    """What `dvc repro` of the stage says as it fails, where no file may grow beyond `limit` bytes."""

    def limited() -> None:
        if limit:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    command = ["dvc", "repro", "--single-item", "features@sample"]
    done = subprocess.run(
        command, cwd=project.folder, env=project.environment, capture_output=True, text=True, preexec_fn=limited
    )
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert not (project.folder / "data/prepared/sample/features.parquet").exists()
    return done.stderr


@contextmanager
def _mounted(folder, options: str):
    """A file system of its own at `folder`; whether there is one, which only root may make."""
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True)
    try:
        yield done.returncode == 0
    finally:
        if done.returncode == 0:
            subprocess.run(["umount", str(folder)], check=True)


def test_a_store_that_may_not_grow_is_said_and_what_it_holds_is_used(project, prepared):
    assert "error[store-" in _refused(project, limit=900 * KIB)
    kept = project.stored("features")
    assert 0 < kept < prepared.made["features"]
    assert project.make("--single-item", "features@sample") == {"features": prepared.made["features"] - kept}


def test_a_full_disk_is_said_and_what_the_store_holds_is_used(project, prepared):
    folder = project.folder / ".dvc" / "mmner"
    folder.mkdir()
    with _mounted(folder, f"size={KIB}k") as mounted:
        if not mounted:
            pytest.skip("only root may mount a small disk; the test before this one limits the file's size instead")
        assert "error[store-full]" in _refused(project)
        kept = project.stored("features")
        assert 0 < kept < prepared.made["features"]
        subprocess.run(["mount", "-o", "remount,size=64m", str(folder)], check=True)
        assert project.make("--single-item", "features@sample") == {"features": prepared.made["features"] - kept}


def test_a_full_disk_under_the_artifacts_costs_no_row(project, prepared):
    lower = project.folder / "data" / "prepared" / "sample"
    saved = {path.name: path.read_bytes() for path in lower.iterdir() if path.is_file()}
    with _mounted(lower, "size=100k") as mounted:
        if not mounted:
            pytest.skip("only root may mount a small disk")
        for name in ("examples.parquet", "regions.parquet", ".gitignore"):
            if name in saved:
                (lower / name).write_bytes(saved[name])
        assert "error[artifact-full]" in _refused(project)
        assert project.stored("features") == prepared.made["features"]
        subprocess.run(["mount", "-o", "remount,size=64m", str(lower)], check=True)
        assert project.make("--single-item", "features@sample") == {"features": 0}


def test_a_read_only_store_is_said(project):
    folder = project.folder / ".dvc" / "mmner"
    folder.mkdir()
    with _mounted(folder, "size=1m,ro") as mounted:
        if not mounted:
            if os.geteuid() == 0:
                pytest.skip("root may write everywhere, and may not mount here")
            folder.chmod(0o500)
        assert "error[store-read-only]" in _refused(project)
    folder.chmod(0o700)
