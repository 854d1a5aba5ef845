"""All params of a project, and which dvc.lock names an out."""

from pathlib import Path

import pytest
import yaml

from mmner.base import code_digest, dvc_files, project
from mmner.base.errors import InputError
from mmner.base.project import Place, Project
from mmner.model import description
from mmner.rows import parquet

ROOT = Place(
    Path("params.yaml"),
    {
        "corpora": {"sample": {"images": None}},
        "candidates": {"one": {"backend": "root"}},
        "preparations": {"sample": {"corpus": "sample", "candidates": "one"}},
        "train": {"short": {"epochs": 1}},
        "evaluate": {"strict": {}},
        "runs": {"text": {"preparation": "sample", "train": "short", "evaluate": "strict"}},
    },
)
FOLDER = Place(
    Path("experiments/tvo2/params.yaml"),
    {
        "candidates": {"one": {"backend": "own"}},
        "preparations": {"other": {"corpus": "sample", "candidates": "one"}},
        "train": {"short": {"epochs": 9}},
        "evaluate": {"strict": {}},
        "runs": {
            name: {"preparation": prepared, "train": "short"} for name, prepared in (("a", "sample"), ("b", "other"))
        },
    },
)
BOTH = Project([ROOT, FOLDER])


def test_a_run_s_variants_are_its_own_file_s_and_its_preparation_s_that_of_the_preparation():
    assert BOTH.of_run("a")["train"]["short"]["epochs"] == 9
    assert BOTH.of_run("a")["candidates"]["one"]["backend"] == "root"
    assert BOTH.of_run("b")["candidates"]["one"]["backend"] == "own"
    assert BOTH.of_run("text")["train"]["short"]["epochs"] == 1


def test_names_of_all_files_are_known_and_addresses_are_dvc_s():
    assert BOTH.names("runs") == ["text", "a", "b"]
    assert BOTH.place("runs", "a").address("train", "a") == "experiments/tvo2/dvc.yaml:train@a"
    assert BOTH.place("runs", "text").address("train", "text") == "train@text"
    assert BOTH.place("runs", "nobody") is ROOT
    assert BOTH.place("runs", "a").lock == Path("experiments/tvo2/dvc.lock")


def test_one_name_in_two_files_is_an_error_that_names_both():
    twice = Place(Path("experiments/x/params.yaml"), {"runs": {"text": {}}})
    with pytest.raises(InputError) as caught:
        Project([ROOT, twice])
    assert (caught.value.name, caught.value.where) == ("defined-twice", "experiments/x/params.yaml")
    assert "params.yaml" in caught.value.what


def test_what_a_run_reads_of_a_corpus_made_with_images_goes_back_to_its_source():
    content = {
        "runs": {"r": {"preparation": "p", "train": "t", "evaluate": "e"}},
        "train": {"t": {}, "other": {}},
        "evaluate": {"e": {}},
        "preparations": {"p": {"corpus": "made", "candidates": "c"}, "q": {"corpus": "plain", "candidates": "d"}},
        "images": {"made": {"corpus": "plain", "preparation": "q"}},
        "corpora": {"made": {}, "plain": {}, "third": {}},
        "candidates": {"c": {}, "d": {}, "f": {}},
    }
    used = project.used_by_run(content, "r")
    assert {section: {*entries} for section, entries in used.items()} == {
        "runs": {"r"},
        "train": {"t"},
        "evaluate": {"e"},
        "preparations": {"p", "q"},
        "images": {"made"},
        "corpora": {"made", "plain"},
        "candidates": {"c", "d"},
    }


def test_the_lock_that_names_an_out_is_found_among_those_of_experiments(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    out = {"path": "data/runs/a/model", "md5": "0" * 32 + ".dir"}
    for folder, stage in ((".", {"deps": [out]}), ("experiments/tvo2", {"outs": [out]})):
        Path(folder).mkdir(parents=True, exist_ok=True)
        Path(folder, "dvc.lock").write_text(yaml.safe_dump({"stages": {"train@a": stage}}), encoding="utf-8")
    assert dvc_files.lock_of("data/runs/a/model") == Path("experiments/tvo2/dvc.lock")
    assert dvc_files.lock_of("data/runs/b/model") == Path("dvc.lock")


def test_a_digest_of_code_is_of_the_folders_that_are_named_and_of_no_data(tmp_path):
    for name in ("mmner/a/one.py", "mmner/b/two.py", "stages/s.py", "data/x"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1")
    deps = ["stages/s.py", "mmner/a", "data/x"]
    first = code_digest.digest(deps, tmp_path)
    for name, changes in (("mmner/b/two.py", False), ("data/x", False), ("mmner/a/one.py", True)):
        (tmp_path / name).write_text("2")
        assert (code_digest.digest(deps, tmp_path) != first) == changes


def test_the_remedy_of_what_is_missing_names_the_stage_where_its_entry_stands(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for place in (ROOT, FOLDER):
        place.file.parent.mkdir(parents=True, exist_ok=True)
        place.file.write_text(yaml.safe_dump(place.content))
    for artifact, path, stage in (
        ("predictions", "data/runs/a/predictions.parquet", "experiments/tvo2/dvc.yaml:evaluate@a"),
        ("predictions", "data/runs/text/predictions.parquet", "evaluate@text"),
        ("predictions", "data/systems/gpt/predictions.parquet", "tag@gpt"),
        ("chains", "data/prepared/other/chains.parquet", "experiments/tvo2/dvc.yaml:chains@other"),
        ("gold", "data/prepared/sample/gold.parquet", "examples@sample"),
        ("chains", "elsewhere/chains.parquet", "chains"),
    ):
        with pytest.raises(InputError, match=f"missing-artifact(.|\n)*`dvc repro {stage}`"):
            parquet.read(path, artifact)
    with pytest.raises(InputError, match="missing-model(.|\n)*dvc repro experiments/tvo2/dvc.yaml:train@b"):
        description.read("data/runs/b/model")
