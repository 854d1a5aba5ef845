"""Vectors of images, regions and patches."""

import numpy as np
import pytest

from mmner.base.image_files import corners
from mmner.features import EMPTY
from mmner.features.efficientnet import Features
from mmner.networks.embedded.efficientnet import WIDTH
from mmner.rows import compute
from mmner.rows.store import Store
from tests.fakes.pictures import cut, item, photograph

HALF = {"x0": 0.0, "y0": 0.5, "x1": 1.0, "y1": 1.0}
WHOLE = {"x0": 0.0, "y0": 0.0, "x1": 1.0, "y1": 1.0}


@pytest.fixture(scope="module")
def features():
    return Features(Features.Params(batch_size=4))


def test_an_image_and_each_of_its_regions_get_a_vector(features):
    (result,) = features([item(photograph("grace_hopper"), boxes=[HALF, WHOLE])])
    image, (half, whole) = result.value["image"], result.value["regions"]
    assert image.shape == half.shape == (WIDTH,)
    assert np.array_equal(whole, image)
    assert not np.allclose(half, image)
    assert result.value["patches"] is None


def test_patches_are_the_grid_whose_mean_is_the_image():
    backend = Features(Features.Params(patches=True))
    (result,) = backend([item(photograph("flower"), boxes=[])])
    assert np.shape(result.value["patches"]) == (49, WIDTH)
    assert np.allclose(np.mean(result.value["patches"], axis=0), result.value["image"], atol=1e-5)
    assert result.value["regions"] == []


def test_batched_equals_single_and_a_broken_image_fails_alone(features, tmp_path):
    posts = [
        item(photograph("flower"), boxes=[HALF]),
        item(cut(tmp_path / "bad.jpg", photograph("china")), boxes=[HALF]),
        item(photograph("china"), boxes=[]),
    ]
    together = features(posts)
    assert [result.error is None for result in together] == [True, False, True]
    for post, result in zip(posts[::2], together[::2], strict=True):
        (alone,) = features([post])
        assert np.array_equal(alone.value["image"], result.value["image"])
        assert len(alone.value["regions"]) == len(post["boxes"])


def test_a_second_run_computes_nothing_and_writes_the_same_bytes(features, tmp_path):
    out, store = tmp_path / "features.parquet", Store(tmp_path / "rows.sqlite")
    posts = [item(photograph(name), boxes=[HALF]) for name in ("flower", "china")]
    posts.append(item(tmp_path / "none.jpg", boxes=[], skip="no image"))
    assert compute.write("features", out, posts, features, EMPTY, store=store).computed == 2
    before = out.read_bytes()
    assert compute.write("features", out, posts, features, EMPTY, store=store).computed == 0
    assert out.read_bytes() == before


def test_a_box_holds_at_least_a_pixel_of_the_image():
    assert corners(HALF, 10, 20) == (0, 10, 10, 20)
    assert corners({"x0": 1.0, "y0": 1.0, "x1": 1.0, "y1": 1.0}, 10, 20) == (9, 19, 10, 20)
    assert corners({"x0": -0.2, "y0": 0.0, "x1": 1.4, "y1": 0.01}, 3, 3) == (0, 0, 3, 1)
