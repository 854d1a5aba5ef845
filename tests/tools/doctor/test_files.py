"""Corpora, archives, files and packages that are there, lack, or will be made."""

import sys

import pytest

from mmner.base.requirements import CheckpointFolder, CorpusFolder, Environment, Package, PrecomputedFile, ZimFile
from mmner.tools.doctor import files


@pytest.fixture
def corpus(tmp_path):
    """A corpus folder with its splits and one image."""
    (tmp_path / "images").mkdir()
    for name in ("train.txt", "test.txt", "images/a.jpg"):
        (tmp_path / name).touch()
    return tmp_path


def need(folder, max_failed=0.1, images="images") -> CorpusFolder:
    return CorpusFolder(str(folder), ("train.txt", "test.txt"), images, max_failed)


def test_a_corpus_is_well_with_its_splits_and_images(corpus, here):
    assert "1 files in images" in files.corpus(need(corpus), here()).told
    assert files.corpus(need(corpus, images=None), here()).status == "ok"


def test_what_lacks_of_a_corpus_is_named(corpus, here):
    (corpus / "images" / "a.jpg").unlink()
    assert files.corpus(need(corpus), here()).status == "FAIL"
    assert files.corpus(need(corpus, max_failed=1.0), here()).status == "warn"
    (corpus / "test.txt").unlink()
    assert "test.txt" in files.corpus(need(corpus), here()).told
    absent = files.corpus(need(corpus / "nowhere"), here())
    assert (absent.status, "corpus show nowhere" in absent.remedy) == ("FAIL", True)


def test_what_dvc_makes_may_lack(tmp_path, here):
    place = here(made=(str(tmp_path / "made"),))
    for look, found in (
        (files.corpus, need(tmp_path / "made")),
        (files.archive, ZimFile(str(tmp_path / "made" / "a.zim"))),
        (files.file, PrecomputedFile(str(tmp_path / "made" / "a.jsonl"))),
    ):
        assert (look(found, place).status, "dvc repro" in look(found, place).told) == ("ok", True)
    assert files.corpus(need(tmp_path / "made-not"), place).status == "FAIL"


def test_an_archive_has_to_open_and_should_have_a_full_text_index(tmp_path, here):
    from libzim.writer import Creator

    for name, index in (("full", True), ("bare", False)):
        with Creator(tmp_path / f"{name}.zim").config_indexing(index, "eng"):
            pass
    assert files.archive(ZimFile(str(tmp_path / "bare.zim")), here()).status == "warn"
    (tmp_path / "broken.zim").write_bytes((tmp_path / "full.zim").read_bytes()[:50])
    assert "broken-archive" in files.archive(ZimFile(str(tmp_path / "broken.zim")), here()).told
    assert "missing-archive" in files.archive(ZimFile(str(tmp_path / "none.zim")), here()).told


def test_an_environment_beside_the_main_one_has_to_be_built(here, monkeypatch):
    absent = files.environment(Environment("nobody"), here())
    assert (absent.status, absent.remedy) == ("FAIL", "make nobody-env")
    monkeypatch.setenv("MMNER_NOBODY_PYTHON", sys.executable)
    assert files.environment(Environment("nobody"), here()).status == "ok"


def test_files_and_packages(tmp_path, here):
    (tmp_path / "a.jsonl").write_text("{}\n")
    assert files.file(PrecomputedFile(str(tmp_path / "a.jsonl")), here()).status == "ok"
    assert files.file(PrecomputedFile(str(tmp_path / "b.jsonl")), here()).status == "FAIL"
    assert files.package(Package("rapidocr"), here()).status == "ok"
    assert files.package(Package("no_such_package"), here()).status == "FAIL"


def test_a_folder_of_checkpoints_is_there_and_runs_no_code_unless_allowed(here, tmp_path):
    assert files.folder(CheckpointFolder(str(tmp_path / "gone"), True), here()).status == "FAIL"
    (tmp_path / "model.pth").write_bytes(b"12345")
    assert "pickle-weights" in files.folder(CheckpointFolder(str(tmp_path), False), here()).told
    assert files.folder(CheckpointFolder(str(tmp_path), True), here()).told.endswith("5 bytes")
