"""Two at once over one row store: clones that share a DVC cache, and experiments with several workers."""

import contextlib
import shutil
import sqlite3
import subprocess

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture
def clones(prepared, tmp_path):
    """Two clones with nothing prepared, and one empty cache."""
    pair = [prepared.copy(tmp_path / name) for name in ("one", "other")]
    for clone in pair:
        for path in (".dvc/cache", ".dvc/mmner", "data/prepared"):
            shutil.rmtree(clone.folder / path)
        (clone.folder / "dvc.lock").unlink()
        clone.run("dvc", "cache", "dir", "--local", str(tmp_path / "shared" / "cache"))
        clone.forget_calls()
    return pair


def _sound(path) -> bool:
    with contextlib.closing(sqlite3.connect(path)) as store:
        return store.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_two_clones_with_one_cache_make_the_same_at_once(clones, prepared, tmp_path):
    command = ["dvc", "repro", "expressions@sample"]
    running = [
        subprocess.Popen(
            command,
            cwd=clone.folder,
            env=clone.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for clone in clones
    ]
    for process in running:
        printed = process.communicate()[0]
        assert process.returncode == 0, printed
    expected = prepared.digests()
    for clone in clones:
        assert {name: expected[name] for name in clone.digests()} == clone.digests()
    assert _sound(tmp_path / "shared" / "cache" / "mmner" / "rows.sqlite")
    for stage in ("captions", "expressions"):
        asked = [set(clone.calls("asked", stage)) for clone in clones]
        assert len(set.union(*asked)) == prepared.made[stage]


def test_experiments_of_two_workers_share_the_store_of_the_workspace(prepared, tmp_path):
    project = prepared.copy(tmp_path / "project")
    project.run("dvc", "add", "data/raw/tiny")  # an experiment's folder has what Git and DVC know, and nothing else
    project.commit("the corpus")
    kept, first = project.stored("captions"), project.digests()["captions"]
    for words in (2, 3):
        project.run("dvc", "exp", "run", "--queue", "-S", f"captions.tags.max_words={words}", "captions@sample")
    project.forget_calls()
    project.run("dvc", "exp", "run", "--run-all", "--jobs", "2")
    assert len(project.calls("asked", "captions")) == 2 * prepared.made["captions"]
    assert project.stored("captions") == kept + 2 * prepared.made["captions"]
    assert _sound(project.folder / ".dvc" / "mmner" / "rows.sqlite")
    assert project.digests()["captions"] == first
    project.params["captions"]["tags"]["max_words"] = 3
    project.write_params()
    assert not any(project.make("captions@sample").values())
    assert project.digests()["captions"] != first
