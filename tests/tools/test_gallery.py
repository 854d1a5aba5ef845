"""`python -m mmner gallery`: what it draws, and what it says where it draws nothing."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml
from PIL import Image

from mmner.rows import parquet
from mmner.tools.docs import svg
from tests.pipeline.graph import ROOT

EMPTY = {
    "captions": {"caption": None},
    "candidates": {"spans": []},
    "knowledge": {"facts": []},
    "expressions": {"expressions": []},
    "regions": {"regions": []},
    "chains": {"steps": []},
    "features": {"image": None, "regions": [], "patches": None},
}
BOX = {"x0": 0.1, "y0": 0.1, "x1": 0.5, "y1": 0.5}
FULL = {
    "captions": {"caption": "A map."},
    "regions": {"regions": [{"expression": "a map", "label": "map", "score": 0.5, "box": BOX}]},
    "chains": {"steps": [{"name": "image", "text": "A map of Marlow."}]},
}


@pytest.fixture
def clone(tmp_path):
    """A folder with a preparation `sample` of four posts: three with an image, of which one lacks a region."""
    for name in ("params.yaml", "dvc.yaml"):
        shutil.copy(ROOT / name, tmp_path)
    images = tmp_path / "data" / "raw" / "sample" / "images"
    images.mkdir(parents=True)
    for name in ("0.png", "1.png", "2.png"):
        Image.new("RGB", (32, 32), (9, 9, 9)).save(images / name)
    prepare(tmp_path, images=3)
    return tmp_path


def prepare(clone: Path, images: int) -> None:
    folder = clone / "data" / "prepared" / "sample"
    about = {"split": "test", "domain": "x", "language": "en", "tokens": ["Marlow"], "source": "test.txt:1"}
    rows = [
        {"id": str(number), **about, "image": f"{number}.png" if number < images else None, "image_sha256": None}
        for number in range(4)
    ]
    parquet.write(folder / "examples.parquet", "examples", [row | {"error": None} for row in rows])
    for name, empty in EMPTY.items():
        full = [empty if row["image"] is None else FULL.get(name, empty) for row in rows]
        if name == "regions":
            full[2] = empty
        made = [{"id": row["id"], **value, "error": None} for row, value in zip(rows, full, strict=True)]
        parquet.write(folder / f"{name}.parquet", name, made)


def gallery(clone: Path, *arguments: str, out: str = "out") -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "mmner", "gallery", "--preparation", "sample", "--out", out, *arguments]
    surroundings = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=clone, env=surroundings, capture_output=True, text=True, check=False)


def refused(done: subprocess.CompletedProcess) -> str:
    """The error with which the command ended."""
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error[")
    assert "remedy: " in done.stderr
    return done.stderr


def test_it_draws_what_it_can_and_says_why_no_more(clone):
    done = gallery(clone)
    assert done.returncode == 0
    assert done.stdout.splitlines()[:2] == ["out/1.svg: example 0", "out/2.svg: example 1"]
    assert done.stdout.splitlines()[2].startswith("2 of 5: no other example has an image, ")
    assert sorted(path.name for path in (clone / "out").iterdir()) == ["1.svg", "2.svg"]


def test_a_region_that_no_expression_names_is_called_by_its_label(clone, monkeypatch):
    monkeypatch.setitem(FULL["regions"]["regions"][0], "expression", None)
    prepare(clone, images=3)
    assert gallery(clone).returncode == 0
    assert ">1: map</text>" in (clone / "out" / "1.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize("odd", ["\x00", "\x08", "\ufffe", "\uffff", "\ud800"])
def test_characters_that_xml_forbids_are_left_out(odd):
    drawn = svg.draw(None, [], [("examples", [f"Mar{odd}low <b> 故宫 🏠\tx"])])
    texts = [one.text for one in ElementTree.fromstring(drawn.encode()).iter("{http://www.w3.org/2000/svg}text")]
    assert texts == ["examples", "Marlow <b> 故宫 🏠 x"]


def test_a_corpus_of_text_alone_has_nothing_to_draw(clone):
    prepare(clone, images=0)
    said = refused(gallery(clone))
    assert "error[nothing-to-draw] no example of 4 has all that is drawn: 4 without an image" in said


@pytest.mark.parametrize("count", ["0", "-3"])
def test_an_odd_count_is_refused(clone, count):
    assert f"error[bad-option] --count {count}" in refused(gallery(clone, "--count", count))


@pytest.mark.parametrize("out", ["params.yaml", "params.yaml/x"])
def test_a_file_in_the_way_is_named_and_stays(clone, out):
    before = (clone / "params.yaml").read_bytes()
    assert "error[in-the-way] params.yaml" in refused(gallery(clone, out=out))
    assert (clone / "params.yaml").read_bytes() == before


@pytest.mark.parametrize(("content", "name"), [(b"no image", "image-broken"), (None, "image-missing")])
def test_an_image_that_is_gone_or_broken_since_is_named(clone, content, name):
    image = clone / "data" / "raw" / "sample" / "images" / "0.png"
    image.unlink()
    if content:
        image.write_bytes(content)
    assert f"error[{name}] data/raw/sample/images/0.png" in refused(gallery(clone)).replace(f"{clone}/", "")


def test_a_preparation_without_a_corpus_is_named(clone):
    content = yaml.safe_load((clone / "params.yaml").read_text(encoding="utf-8"))
    del content["preparations"]["sample"]["corpus"]
    (clone / "params.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    assert "error[bad-params] params.yaml: preparations.sample: no corpus" in refused(gallery(clone))
