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
