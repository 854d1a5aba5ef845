"""Corpora, archives, files and packages that are there, lack, or will be made."""

import sys

import pytest

from mmner.base.requirements import CheckpointFolder, CorpusFolder, Environment, Package, PrecomputedFile, ZimFile
from mmner.tools.doctor import local_files


@pytest.fixture
def corpus(tmp_path):
    """A corpus folder with its splits and one image."""
    (tmp_path / "images").mkdir()
    for name in ("train.txt", "test.txt", "images/a.jpg"):
        (tmp_path / name).touch()
    return tmp_path


def requirement(folder, max_failed=0.1, images="images") -> CorpusFolder:
    return CorpusFolder(str(folder), ("train.txt", "test.txt"), images, max_failed)


def test_a_corpus_is_well_with_its_splits_and_images(corpus, context):
    assert "1 files in images" in local_files.corpus(requirement(corpus), context()).message
    assert local_files.corpus(requirement(corpus, images=None), context()).status == "ok"


def test_what_lacks_of_a_corpus_is_named(corpus, context):
    (corpus / "images" / "a.jpg").unlink()
    assert local_files.corpus(requirement(corpus), context()).status == "FAIL"
    assert local_files.corpus(requirement(corpus, max_failed=1.0), context()).status == "warn"
    (corpus / "test.txt").unlink()
    assert "test.txt" in local_files.corpus(requirement(corpus), context()).message
    absent = local_files.corpus(requirement(corpus / "nowhere"), context())
    assert (absent.status, "corpus show nowhere" in absent.remedy) == ("FAIL", True)


def test_what_dvc_makes_may_lack(tmp_path, context):
    place = context(made=(str(tmp_path / "made"),))
    for look, found in (
        (local_files.corpus, requirement(tmp_path / "made")),
        (local_files.archive, ZimFile(str(tmp_path / "made" / "a.zim"))),
        (local_files.file, PrecomputedFile(str(tmp_path / "made" / "a.jsonl"))),
    ):
        assert (look(found, place).status, "dvc repro" in look(found, place).message) == ("ok", True)
    assert local_files.corpus(requirement(tmp_path / "made-not"), place).status == "FAIL"


def test_an_archive_has_to_open_and_should_have_a_full_text_index(tmp_path, context):
    from libzim.writer import Creator

    for name, index in (("full", True), ("bare", False)):
        with Creator(tmp_path / f"{name}.zim").config_indexing(index, "eng"):
            pass
    assert local_files.archive(ZimFile(str(tmp_path / "bare.zim")), context()).status == "warn"
    (tmp_path / "broken.zim").write_bytes((tmp_path / "full.zim").read_bytes()[:50])
    assert "broken-archive" in local_files.archive(ZimFile(str(tmp_path / "broken.zim")), context()).message
    assert "missing-archive" in local_files.archive(ZimFile(str(tmp_path / "none.zim")), context()).message


def test_an_environment_beside_the_main_one_has_to_be_built(context, monkeypatch):
    absent = local_files.environment(Environment("nobody"), context())
    assert (absent.status, absent.remedy) == ("FAIL", "make nobody-env")
    monkeypatch.setenv("MMNER_NOBODY_PYTHON", sys.executable)
    assert local_files.environment(Environment("nobody"), context()).status == "ok"


def test_files_and_packages(tmp_path, context):
    (tmp_path / "a.jsonl").write_text("{}\n")
    assert local_files.file(PrecomputedFile(str(tmp_path / "a.jsonl")), context()).status == "ok"
    assert local_files.file(PrecomputedFile(str(tmp_path / "b.jsonl")), context()).status == "FAIL"
    assert local_files.package(Package("rapidocr"), context()).status == "ok"
    assert local_files.package(Package("no_such_package"), context()).status == "FAIL"


def test_a_folder_of_checkpoints_is_there_and_runs_no_code_unless_allowed(context, tmp_path):
    assert local_files.folder(CheckpointFolder(str(tmp_path / "gone"), True), context()).status == "FAIL"
    (tmp_path / "model.pth").write_bytes(b"12345")
    assert "pickle-weights" in local_files.folder(CheckpointFolder(str(tmp_path), False), context()).message
    assert local_files.folder(CheckpointFolder(str(tmp_path), True), context()).message.endswith("5 bytes")
