"""A text-only corpus becomes one with images, which is then prepared like any other: the scripts as DVC runs them."""

import re
import shutil

import pytest

from mmner.rows import parquet
from tests.corpus.folder import write
from tests.images.folder import TRAIN, Folder
from tests.images.site import values

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path, monkeypatch, wiki):
    monkeypatch.setenv("MMNER_STORE", str(tmp_path / "store"))
    return Folder(tmp_path, values(wiki))


def test_the_new_corpus_is_prepared_like_any_other(folder):
    line = "images: 4 rows in, 0 reused, 3 computed, 1 equal to others, 3 without value (no image found: 3)"
    assert line in folder.images()
    folder.run("examples", "--corpus new --raw new --examples out/examples.parquet --gold out/gold.parquet")
    examples, gold = parquet.read_aligned(folder.place / "out", ["examples", "gold"]).values()
    found = parquet.read(folder.place / "new/images.parquet", "images")
    assert [row["image"] for row in examples] == [row["image"] for row in found]
    assert [bool(row["image"]) for row in examples] == [True, False, False, False]
    assert found[0]["licence"] == "CC BY-SA 4.0"
    assert gold == parquet.read(folder.place / "mine/g.parquet", "gold")
    captions = "--corpus new --variant tags --raw new --examples out/examples.parquet --out out/captions.parquet"
    folder.run("captions", captions)
    rows = parquet.read(folder.place / "out/captions.parquet", "captions")
    assert rows[0]["caption"]
    assert {row["error"] for row in rows[1:]} == {"no image"}


def test_without_candidates_the_sentence_s_words_are_searched_for(folder):
    folder.params["candidates"] = {"none": {"backend": "none"}}
    write(folder.place / "mine", train="so\tO\nmany\tO\nbeekeepers\tO\ncalled\tO\n")
    folder.run("examples", "--corpus mine --raw mine --examples mine/e.parquet --gold mine/g.parquet")
    read = "--raw mine --examples mine/e.parquet --gold mine/g.parquet"
    folder.run("candidates", f"--variant none {read} --out mine/c.parquet")
    folder.images()
    first = parquet.read(folder.place / "new/images.parquet", "images")[0]
    assert (first["title"], first["found_by"]) == ("File:Village.png", "words: beekeepers called")


def test_a_rerun_without_its_outs_asks_and_downloads_nothing(folder, wiki):
    folder.images()
    before = {path.name: path.read_bytes() for path in (folder.place / "new").rglob("*") if path.is_file()}
    asked = len(wiki.asked)
    shutil.rmtree(folder.place / "new")
    shutil.rmtree(folder.place / "out")
    printed = folder.images()
    assert re.search(r"4 reused, 0 computed", printed)
    assert "requests" not in printed
    assert len(wiki.asked) == asked
    after = {path.name: path.read_bytes() for path in (folder.place / "new").rglob("*") if path.is_file()}
    assert after == before


def test_a_limit_leaves_a_corpus_that_a_later_run_completes(folder):
    folder.params["images"]["new"]["max_requests"] = 1
    assert "limit reached: 4" in folder.images()
    assert "IMGID" not in (folder.place / "new/train.txt").read_text()
    folder.params["images"]["new"]["max_requests"] = 100
    folder.images()
    assert "IMGID" in (folder.place / "new/train.txt").read_text()


def test_a_busy_wiki_ends_the_stage_and_the_next_run_goes_on(folder, wiki):
    wiki.troubles = ["503"] * 2
    assert "error[failed-for-now]" in folder.images(status=1)
    assert not (folder.place / "new").exists()
    folder.images()
    assert (folder.place / "new/images.parquet").is_file()


def test_the_tags_are_no_part_of_what_is_searched_by(folder, wiki):
    folder.images()
    asked = str(wiki.asked)
    assert "Honey" in asked
    assert "ORG" not in asked
    write(folder.place / "mine", train=TRAIN.replace("B-ORG", "B-PER"))
    before = len(wiki.asked)
    assert "0 computed" in folder.images()
    assert len(wiki.asked) == before
    assert "B-PER" in (folder.place / "new/train.txt").read_text()


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"raw": "nowhere"}, "error[missing-split] nowhere/train.txt"),
        ({"out": "params.yaml"}, "error[in-the-way] params.yaml"),
        ({"artifact": "params.yaml/x"}, "error[in-the-way] params.yaml/x"),
    ],
)
def test_a_place_that_cannot_be_is_told_before_the_wiki_is_asked(folder, wiki, changes, error):
    places = {"raw": "mine", "artifact": "out/images.parquet", "out": "new"} | changes
    told = " ".join(f"--{name} {place}" for name, place in places.items())
    before = sorted(folder.place.rglob("*"))
    read = "--corpus new --examples mine/e.parquet --candidates mine/c.parquet"
    assert error in folder.run("images", f"{read} {told}", status=1)
    assert (wiki.asked, sorted(folder.place.rglob("*"))) == ([], before)
