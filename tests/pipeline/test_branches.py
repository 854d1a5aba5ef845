"""A parameter that goes A, B, A, B over branches and experiments: the second time asks nobody, and no row is lost."""

import shutil

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture
def project(prepared, tmp_path):
    return prepared.copy(tmp_path / "project")


def _choose(project, words: int) -> None:
    project.params["captions"]["tags"]["max_words"] = words
    project.write_params()


def test_branches_a_b_a_b_ask_nobody_the_second_time(project, prepared):
    project.run("git", "checkout", "-q", "-b", "other")
    _choose(project, 2)
    assert project.make("captions@sample")["captions"] == prepared.made["captions"]
    project.commit("other captions")
    other, stored = project.digests(), project.stored("captions")
    for branch, digests in (("main", prepared.digests()), ("other", other)):
        project.run("git", "checkout", "-q", branch)
        project.run("dvc", "checkout", "captions@sample", "--force")
        assert project.make("captions@sample") == {}
        assert project.digests() == digests
        forced = project.make("--force", "--single-item", "captions@sample")
        assert forced == {"captions": 0}
        assert project.digests() == digests
    assert project.stored("captions") == stored


def test_experiments_a_b_a_b_ask_nobody_the_second_time(project, prepared):
    first = project.params["captions"]["tags"]["max_words"]
    asked = []
    for words in (2, first, 2, first):
        project.forget_calls()
        shutil.rmtree(
            project.folder / ".dvc/cache/runs", ignore_errors=True
        )  # DVC then runs the stage, and the row store alone answers
        project.run("dvc", "exp", "run", "-S", f"captions.tags.max_words={words}", "captions@sample")
        asked.append(len(project.calls("asked", "captions")))
    assert asked == [prepared.made["captions"], 0, 0, 0]
    assert project.digests() == prepared.digests()
