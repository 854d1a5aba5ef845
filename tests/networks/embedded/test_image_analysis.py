"""What the embedded networks see in real images."""

import json

import numpy as np
import pytest
from PIL import Image

from mmner.networks.embedded import efficientnet, ocr
from mmner.networks.embedded.image_analysis import ImageAnalyzer
from mmner.rows.contract import Result
from mmner.rows.store import Store
from tests.fakes.pictures import TEXT_BOX, cut, item, photograph, sign


@pytest.fixture(scope="module")
def looks(tmp_path_factory):
    return ImageAnalyzer(Store(tmp_path_factory.mktemp("store") / "rows.sqlite"))


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    drawn = sign(folder / "sign.jpg", "Marlow Bakery")
    return [item(path) for path in (photograph("grace_hopper"), photograph("flower"), drawn)]


def test_tags_mean_what_the_photographs_show(looks, pictures):
    hopper, flower, _ = looks(pictures)
    assert hopper["tags"][0]["name"] == "military uniform"
    assert flower["tags"][0]["name"] == "daisy"


def test_a_tag_s_box_lies_on_what_it_names(looks, pictures):
    hopper = looks(pictures)[0]["tags"][0]["box"]
    assert hopper["y0"] > 0.4  # the uniform is below her face
    seen = looks(pictures)
    assert all(look["tags"] for look in seen)
    assert any(look["lines"] for look in seen)
    for look in seen:
        for found in look["tags"] + look["lines"]:
            box = found["box"]
            assert 0 <= box["x0"] < box["x1"] <= 1
            assert 0 <= box["y0"] < box["y1"] <= 1


def test_text_is_read_where_it_was_drawn(looks, pictures):
    (line,) = looks(pictures)[2]["lines"]
    assert line["text"] == "Marlow Bakery"
    left, top, right, bottom = (pixel / 384 for pixel in TEXT_BOX)
    middle = ((line["box"]["x0"] + line["box"]["x1"]) / 2, (line["box"]["y0"] + line["box"]["y1"]) / 2)
    assert left < middle[0] < right
    assert top < middle[1] < bottom


def test_nothing_is_read_in_photographs_but_what_is_written_there(looks, pictures):
    hopper, flower, _ = looks(pictures)
    assert [line["text"] for line in hopper["lines"]] == ["COMO HOPPER"]  # her name tag; not the flag's stars
    assert flower["lines"] == []


def test_batched_equals_single(pictures, tmp_path):
    together = ImageAnalyzer(Store(tmp_path / "together.sqlite"))(pictures)
    alone = ImageAnalyzer(Store(tmp_path / "alone.sqlite"))
    assert [alone([each])[0] for each in reversed(pictures)] == together[::-1]


def test_a_look_is_computed_once(looks, pictures, tmp_path):
    first = looks(pictures)
    gone = [each | {"image_path": str(tmp_path / "gone.jpg")} for each in pictures]
    assert looks(gone) == first
    json.dumps(first)


def test_a_broken_image_fails_alone_and_is_not_stored(looks, pictures, tmp_path):
    bad = item(cut(tmp_path / "bad.jpg", photograph("china")))
    good, broken, other = looks([pictures[0], bad, pictures[1]])
    assert isinstance(broken, Result)
    assert not broken.transient
    assert "tags" in good
    assert "tags" in other
    post = item(photograph("china"))
    assert looks([post | {"image_path": str(tmp_path / "gone.jpg")}])[0].transient
    assert "tags" in looks([post])[0]


@pytest.mark.parametrize("size", [(1, 1), (3000, 2), (3, 900), (40, 40)])
def test_images_of_any_shape_are_looked_at(size):
    image = Image.new("RGB", size, (120, 30, 30))
    assert ocr.Reader()(image) == []
    assert efficientnet.pixels(image).shape == (3, efficientnet.SIZE, efficientnet.SIZE)


def test_an_image_s_maps_do_not_depend_on_its_neighbours():
    rng = np.random.default_rng(0)
    batch = [rng.standard_normal((3, efficientnet.SIZE, efficientnet.SIZE)).astype(np.float32) for _ in range(5)]
    network = efficientnet.EfficientNet()
    together = network.maps(batch)
    assert np.array_equal(network.maps(batch[4:]), together[4:])
    assert np.array_equal(network.maps(batch[::-1]), together[::-1])
    assert network.maps([]).shape == (0, efficientnet.WIDTH, efficientnet.GRID, efficientnet.GRID)


def test_scores_are_the_network_s_own():
    import torch

    network = efficientnet.EfficientNet()
    pixels = efficientnet.pixels(Image.open(photograph("flower")))
    with torch.inference_mode():
        expected = network._network(torch.from_numpy(pixels)[None]).softmax(-1).numpy()
    assert np.allclose(network.scores(network.maps([pixels])), expected, atol=1e-5)


def test_a_box_holds_the_part_around_the_peak_and_no_other():
    activation = np.zeros((7, 7))
    activation[1, 1], activation[5, 4:6] = 0.8, 1.0
    box = efficientnet.box(activation)
    assert box["x0"] > 0.4
    assert box["y0"] > 0.5
    assert efficientnet.box(np.ones((7, 7))) == {"x0": 0.0, "y0": 0.0, "x1": 1.0, "y1": 1.0}


def test_there_is_a_name_for_every_class():
    labels = efficientnet.EfficientNet().labels
    assert (len(labels), len(set(labels)), labels[0], labels[985]) == (1000, 1000, "tench", "daisy")
