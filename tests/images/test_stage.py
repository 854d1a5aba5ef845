"""A text-only corpus becomes one with images, which is then prepared like any other: the scripts as DVC runs them."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from mmner.networks.encoders import MINILM
from mmner.rows import parquet
from tests.corpus.folder import MAPPING, write
from tests.fakes.wiki import Wiki, serving
from tests.images.test_mediawiki import FILES, PAGES, SHOWS, values

ROOT = Path(__file__).resolve().parents[2]
TRAIN = "Bees\tO\nmade\tO\nHoney\tB-ORG\n\nzzzz\tO\nyyyy\tO\n"


@pytest.fixture
def wiki():
    made = Wiki(PAGES, files=FILES, shows=SHOWS)
    with serving(made):
        yield made


class Folder:
    """A folder with the corpus `mine`, and its candidates: the names in capitals."""

    def __init__(self, place: Path, variant: dict):
        self.place = place
        write(place / "mine", train=TRAIN)
        tags = {"backend": "tags", "encoder": MINILM, "max_tags": 2, "max_words": 4, "min_tag_score": 0.0}
        self.params = {
            "corpora": {"mine": MAPPING, "new": MAPPING | {"images": "images", "max_failed": 0.0}},
            "preparations": {"mine": {"corpus": "mine"}},
            "images": {"new": {"corpus": "mine", "preparation": "mine"} | variant},
            "captions": {"tags": tags | {"batch_size": 4}},
        }
        self.run("examples", "--corpus mine --raw mine --examples mine/e.parquet --gold mine/g.parquet")
        rows = [
            {
                "id": row["id"],
                "spans": [
                    {"start": at, "end": at + 1, "text": token, "score": 0.9}
                    for at, token in enumerate(row["tokens"])
                    if token in ("Honey", "Mira")
                ],
                "error": None,
            }
            for row in parquet.read(place / "mine/e.parquet", "examples")
        ]
        parquet.write(place / "mine/c.parquet", "candidates", rows)

    def run(self, stage: str, arguments: str, status: int = 0) -> str:
        (self.place / "params.yaml").write_text(yaml.safe_dump(self.params, sort_keys=False), encoding="utf-8")
        command = [sys.executable, ROOT / "stages" / f"{stage}.py", *arguments.split()]
        done = subprocess.run(command, cwd=self.place, capture_output=True, text=True, check=False)
        assert done.returncode == status, done.stderr
        return done.stderr

    def images(self, status: int = 0) -> str:
        read = "--corpus new --raw mine --examples mine/e.parquet --candidates mine/c.parquet"
        return self.run("images", f"{read} --artifact out/images.parquet --out new", status)


@pytest.fixture
def folder(tmp_path, monkeypatch, wiki):
    monkeypatch.setenv("MMNER_STORE", str(tmp_path / "store"))
    return Folder(tmp_path, values(wiki))


def test_the_new_corpus_is_prepared_like_any_other(folder):
    assert "images: 4 rows in, 0 reused, 3 computed, 3 without value (no image found: 3)" in folder.images()
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
