"""Where a model's rows are kept, and what is said of a run that cannot be tagged with."""

import shutil
from pathlib import Path

import pytest
import yaml

from mmner.base import paths
from mmner.base.errors import InputError
from mmner.base.requirements import Server
from mmner.predict import engines, places, repository

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def homeless(tmp_path, monkeypatch):
    """A user without a home folder, outside of a repository."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MMNER_STORE", raising=False)

    def none(remedy):
        raise InputError("no-home", "no home folder", remedy=remedy)

    monkeypatch.setattr(paths, "user_cache", none)


def test_who_keeps_nothing_or_names_a_file_needs_no_home(homeless, tmp_path):
    places._store(False).close()
    places._store(tmp_path / "mine.sqlite").close()
    assert (tmp_path / "mine.sqlite").is_file()
    with pytest.raises(InputError, match="keep nothing: --no-store"):
        places._store(True)


@pytest.mark.parametrize("variable", ["https_proxy", "HTTPS_PROXY", "all_proxy"])
def test_a_server_behind_a_proxy_is_the_proxy_s_to_find(variable, monkeypatch):
    for name in ("https_proxy", "all_proxy", "no_proxy"):
        for each in (name, name.upper()):
            monkeypatch.delenv(each, raising=False)
    server = Server("https://nowhere.invalid/v1", "model", None)
    assert "no server answers" in engines._missing(server)
    monkeypatch.setenv(variable, "http://proxy.invalid:3128")
    assert engines._missing(server) is None
    monkeypatch.setenv("no_proxy", "nowhere.invalid")
    assert "no server answers" in engines._missing(server)


def test_a_preparation_that_lacks_a_stage_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copy(ROOT / "dvc.yaml", tmp_path)
    content = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    del content["preparations"]["sample"]["chains"]
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(
        InputError, match=r"bad-params\] params.yaml: preparations.sample: it names no variant of chains"
    ):
        repository.recipe("sample-full", {})


@pytest.fixture
def others(tmp_path, monkeypatch):
    """The root of a DVC project of another program; the user's cache is in `cache` there."""
    (tmp_path / ".dvc").mkdir()
    (tmp_path / "dvc.yaml").write_text("stages: {fit: {cmd: python fit.py}}\n")
    (tmp_path / "params.yaml").write_text("train: [1, 2]\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


@pytest.mark.parametrize("variable", [None, ""])
def test_in_a_dvc_project_of_another_program_no_post_is_left_there(others, monkeypatch, variable):
    monkeypatch.delenv("MMNER_STORE", raising=False)
    if variable is not None:
        monkeypatch.setenv("MMNER_STORE", variable)
    places._store(True).close()
    assert [file.relative_to(others) for file in others.rglob("rows.sqlite")] == [Path("cache/mmner/rows.sqlite")]


def test_in_a_dvc_project_of_another_program_a_model_of_the_hub_is_looked_for(others, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(InputError, match="no-weights.*nobody/nothing"):
        places.load("nobody/nothing")


def test_a_repository_of_ours_keeps_the_rows_of_its_posts(others, monkeypatch):
    monkeypatch.delenv("MMNER_STORE", raising=False)
    shutil.copy(ROOT / "dvc.yaml", others)
    places._store(True).close()
    assert (others / ".dvc/mmner/rows.sqlite").is_file()
