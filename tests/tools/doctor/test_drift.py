"""What changed though DVC runs no stage for it: real stages, whose files lie outside of the corpus."""

import json
import shutil
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from safetensors.torch import load_file, save_file

from mmner.base import project as projects
from mmner.rows.store import Store
from mmner.sample import zim_writer
from mmner.sample.articles import Article
from mmner.tools.doctor import drift
from mmner.tools.doctor.findings import Finding
from tests.pipeline.project import Project

OTHER = "is not what its rows were made of; DVC does not watch it"


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def project(tmp_path_factory, tiny_encoder):
    """A project whose captions, tagger's weights and archive lie in `elsewhere`; its artifacts are made."""
    project = Project(tmp_path_factory.mktemp("project"))
    corpus, elsewhere = project.folder / "data" / "raw" / "tiny", project.folder / "elsewhere"
    (elsewhere / "answers").mkdir(parents=True)
    (corpus / "answers").symlink_to(elsewhere / "answers")
    shutil.move(corpus / "knowledge.zim", elsewhere / "knowledge.zim")
    shutil.copytree(tiny_encoder, elsewhere / "encoder")
    captions = [
        {"split": split, "index": index, "caption": "a map"}
        for split, posts in (("train", 10), ("dev", 3), ("test", 3))
        for index in range(posts)
    ]
    (elsewhere / "answers" / "captions.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in captions))
    for variant in project.params["knowledge"].values():
        variant["archive"] = "elsewhere/knowledge.zim"
    for variant in project.params["candidates"].values():
        variant["encoder"] = "elsewhere/encoder"
    file = {"backend": "precomputed", "file": "answers/captions.jsonl", "key": "index"}
    project.params["captions"]["file"] = file
    project.params["preparations"]["sample"]["captions"] = "file"
    project.write_params()
    project.repro("captions@sample", "knowledge@sample")
    return project


@contextmanager
def kept(path: Path):
    """`path`, whose bytes are put back at the end."""
    before = path.read_bytes()
    yield path
    path.write_bytes(before)


@pytest.fixture
def examine(project, monkeypatch):
    """examine() -> the warnings about the project's artifacts, by stage."""
    monkeypatch.chdir(project.folder)

    def call(store: Path = project.folder / ".dvc" / "mmner" / "rows.sqlite") -> dict[str, Finding]:
        return dict(drift.examine(Store(store), projects.load()))

    return call


def warning(stage: str, message: str) -> dict[str, Finding]:
    return {stage: Finding("warn", message, f"dvc repro --force --single-item {stage}")}


def replace_archive(path: Path) -> None:
    path.unlink()
    zim_writer.write(path, [Article("Marlow", "Marlow is a town.")])


def scale_weights(path: Path) -> None:
    save_file({name: 2 * weight for name, weight in load_file(path).items()}, path, {"format": "pt"})


def test_where_nothing_changed_nothing_is_said(examine):
    assert examine() == {}


def test_weights_changed_in_place_are_told(project, examine):
    with kept(project.folder / "elsewhere" / "encoder" / "model.safetensors") as path:
        scale_weights(path)
        assert examine() == warning("candidates@sample", f"the weights folder elsewhere/encoder {OTHER}")
    assert examine() == {}


def test_a_replaced_archive_is_told(project, examine):
    with kept(project.folder / "elsewhere" / "knowledge.zim") as path:
        replace_archive(path)
        assert examine() == warning("knowledge@sample", f"the archive elsewhere/knowledge.zim {OTHER}")


def test_a_precomputed_file_behind_a_link_is_told(project, examine):
    with kept(project.folder / "elsewhere" / "answers" / "captions.jsonl") as path:
        path.write_text(path.read_text().replace("a map", "a shop", 1))
        assert examine() == warning("captions@sample", f"the file data/raw/tiny/answers/captions.jsonl {OTHER}")


def test_what_dvc_runs_anyway_is_not_told(project, examine):
    path = project.folder / "elsewhere" / "knowledge.zim"
    with kept(path), kept(project.folder / "params.yaml") as params:
        content = yaml.safe_load(params.read_text())
        for variant in content["knowledge"].values():
            variant["max_results"] = 2
        params.write_text(yaml.safe_dump(content, sort_keys=False))
        assert examine() == {}
        replace_archive(path)
        assert examine() == {}


def test_what_cannot_be_compared_is_told_and_the_rest_compared(project, examine):
    elsewhere = project.folder / "elsewhere"
    with kept(elsewhere / "knowledge.zim") as archive, kept(elsewhere / "encoder" / "model.safetensors") as weights:
        archive.unlink()
        scale_weights(weights)
        warnings = examine()
    assert list(warnings) == ["candidates@sample", "knowledge@sample"]
    assert "error[missing-archive] elsewhere/knowledge.zim" in warnings["knowledge@sample"].message


def test_a_preparation_that_the_ledger_does_not_know_is_left_alone(project, examine, tmp_path):
    with kept(project.folder / "elsewhere" / "knowledge.zim") as path:
        replace_archive(path)
        assert examine(tmp_path / "rows.sqlite") == {}


def test_the_commands_print_it_until_the_stage_has_run(project):
    path = project.folder / "elsewhere" / "encoder" / "model.safetensors"
    scale_weights(path)
    line = f"warn  candidates@sample: the weights folder elsewhere/encoder {OTHER}; remedy: dvc repro --force "
    line += "--single-item candidates@sample"
    assert project.run("python", "-m", "mmner", "costs", "--plan").splitlines()[0] == line
    assert line in project.run("python", "-m", "mmner", "doctor", "--preparation", "sample").splitlines()
    project.run("dvc", "repro", "--force", "--single-item", "candidates@sample")
    assert "warn" not in project.run("python", "-m", "mmner", "costs", "--plan")
