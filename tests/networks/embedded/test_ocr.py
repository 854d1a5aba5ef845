"""What is read in drawn pictures, how the engine behaves, and the order of lines."""

import json
import os
import subprocess
import sys

import pytest
from PIL import Image

from mmner.networks.embedded import ocr
from mmner.sample import scenes

READ_OFFLINE = """
import json, socket, sys
from PIL import Image
from mmner.networks.embedded.ocr import Reader

def refuse(*_):
    raise OSError("no network here")

socket.socket.connect = socket.getaddrinfo = refuse
read = [[line["text"] for line in Reader()(Image.open(path))] for path in sys.argv[2:]]
open(sys.argv[1], "w", encoding="utf-8").write(json.dumps(read))
"""


def line(text, x0, y0, x1, y1):
    return {"text": text, "score": 1.0, "box": {"x0": x0, "y0": y0, "x1": x1, "y1": y1}}


@pytest.mark.parametrize(
    ("scene", "lines"),
    [
        ("road", ["KELMONT MARSH", "coffee & cake"]),
        ("shop", ["CALUNA HART & SONS", "BAKERY", "open 9 - 5"]),
        ("badge", ["Dr. Selmont Fields", "head nurse"]),
    ],
)
def test_spaces_are_read(scene, lines):
    assert [each["text"] for each in ocr.Reader()(scenes.draw(scene, lines, "seed"))] == lines


def test_models_are_in_the_package_and_the_engine_is_silent(tmp_path):
    scenes.draw("road", ["Kelmont Marsh"], "seed").save(tmp_path / "sign.png")
    Image.new("RGB", (200, 200)).save(tmp_path / "blank.png")
    script = [sys.executable, "-c", READ_OFFLINE]
    paths = [tmp_path / "read.json", tmp_path / "sign.png", tmp_path / "blank.png"]
    done = subprocess.run([*script, *paths], capture_output=True, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"})
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert json.loads((tmp_path / "read.json").read_text(encoding="utf-8")) == [["Kelmont Marsh"], []]


def test_rows_are_read_from_the_left_though_one_hangs_lower():
    lines = [line("right", 0.6, 0.1, 0.9, 0.2), line("below", 0.1, 0.4, 0.9, 0.5), line("left", 0.1, 0.12, 0.5, 0.22)]
    assert [each["text"] for each in ocr.reading_order(lines)] == ["left", "right", "below"]


def test_columns_are_read_from_the_right():
    lines = [line("second", 0.2, 0.1, 0.3, 0.9), line("first", 0.6, 0.1, 0.7, 0.9)]
    assert [each["text"] for each in ocr.reading_order(lines)] == ["first", "second"]
    assert ocr.reading_order([]) == []
