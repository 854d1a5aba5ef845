"""Images that a tower looks at are decoded once, and look the same."""

import hashlib
import shutil

import numpy as np
import pytest
import torch

from mmner.model.params import Vision
from mmner.model.pixels import look
from mmner.model.squares import Squares
from mmner.model.visuals import Views
from mmner.networks.towers import Tower
from tests.fakes import tiny_models
from tests.fakes.pictures import photograph

HALF = {"x0": 0.0, "y0": 0.5, "x1": 1.0, "y1": 1.0}


@pytest.fixture(scope="module")
def tower(tmp_path_factory):
    return Tower.load(Vision(weights=str(tiny_models.vision(tmp_path_factory.mktemp("vit"), "vit"))))


@pytest.fixture
def posts(tmp_path):
    """Three posts: an image with a region, none, and a region alone."""
    made = []
    for name, boxes, whole in (("china", (HALF,), True), (None, (), True), ("flower", (HALF, HALF), False)):
        if name is None:
            made.append(Views(None, boxes, whole))
            continue
        file = tmp_path / f"{name}.jpg"
        file.write_bytes(photograph(name).read_bytes())
        made.append(Views(file, boxes, whole, hashlib.sha256(file.read_bytes()).hexdigest()))
    return made


def test_kept_pixels_are_those_of_the_files_and_no_file_is_read_again(posts, tower, tmp_path):
    expected, kept = look(posts, tower), Squares(tmp_path / "kept", tower.side, 10**6)
    for _ in range(2):
        found = look(posts, tower, kept)
        assert torch.equal(found.pixels, expected.pixels)
        assert torch.equal(found.has_image, expected.has_image)
        assert torch.equal(found.regions_mask, expected.regions_mask)
        for one in posts:
            if one.path is not None:
                one.path.unlink(missing_ok=True)


def test_other_boxes_and_sides_are_others(posts, tower, tmp_path):
    kept = Squares(tmp_path, tower.side, 10**6)
    kept.put(posts[0], np.zeros((2, tower.side, tower.side, 3), np.uint8))
    assert kept.get(posts[0]) is not None
    for other in (posts[2], Views(posts[0].path, (), True, posts[0].sha256)):
        assert kept.get(other) is None
    assert Squares(tmp_path, tower.side + 1, 10**6).get(posts[0]) is None


def test_what_can_not_be_kept_is_decoded_again(posts, tower, tmp_path):
    kept = Squares(tmp_path / "kept", tower.side, 10**6)
    of_one = np.zeros((2, tower.side, tower.side, 3), np.uint8)
    kept.put(posts[0], of_one)
    (folder,) = (tmp_path / "kept").iterdir()
    shutil.rmtree(folder)
    folder.write_text("in the way")
    room = kept._left
    kept.put(posts[0], of_one)
    assert (kept.get(posts[0]), kept._left) == (None, room)
    assert len(look(posts, tower, kept).pixels) == 4


def test_no_more_is_kept_than_may_be_and_a_damaged_file_counts_as_missing(posts, tower, tmp_path):
    of_one = np.zeros((2, tower.side, tower.side, 3), np.uint8)
    kept = Squares(tmp_path, tower.side, of_one.nbytes + 500)
    kept.put(posts[0], of_one)
    kept.put(posts[2], of_one)
    assert kept.get(posts[2]) is None
    Squares(tmp_path, tower.side, of_one.nbytes + 500).put(posts[2], of_one)  # what lies there counts
    assert kept.get(posts[2]) is None
    (file,) = tmp_path.glob("*/*.npy")
    file.write_bytes(file.read_bytes()[:200])
    assert kept.get(posts[0]) is None
    kept.put(Views(posts[0].path), of_one)  # of an image whose bytes nobody knows
    assert len(list(tmp_path.glob("*/*.npy"))) == 1
