"""Features by tiny vision towers, loaded as big ones are."""

import json
import shutil

import numpy as np
import pytest

from mmner.base.errors import InputError
from mmner.base.params import backend
from mmner.rows.stages import STAGES
from tests.fakes import tiny_models
from tests.fakes.pictures import cut, item, photograph

pytestmark = pytest.mark.usefixtures("module_store")
KINDS = ("vit", "clip", "clip-vision", "siglip")
WHOLE = {"x0": 0.0, "y0": 0.0, "x1": 1.0, "y1": 1.0}
PART = {"x0": 0.2, "y0": 0.1, "x1": 0.4, "y1": 0.9}


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    return {kind: tiny_models.vision(tmp_path_factory.mktemp(kind), kind) for kind in KINDS}


def made(folder, **params):
    return backend(
        "features", "x", {"backend": "vision", "weights": str(folder), **params}, STAGES["features"].backends
    )


def items():
    boxes = ([WHOLE, PART], [], [PART])
    names = ("grace_hopper", "china", "flower")
    return [item(photograph(name), boxes=found) for name, found in zip(names, boxes, strict=True)]


@pytest.mark.parametrize("kind", KINDS)
def test_vectors_of_image_and_regions(folders, kind):
    first, second, third = (result.value for result in made(folders[kind])(items()))
    assert first["image"].shape == (16,)
    assert first["image"].dtype == np.float32
    assert [len(value["regions"]) for value in (first, second, third)] == [2, 0, 1]
    assert first["patches"] is None
    assert np.allclose(first["regions"][0], first["image"], atol=1e-5)
    assert not np.allclose(first["regions"][1], first["image"], atol=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_batched_equals_single(folders, kind):
    tower = made(folders[kind], patches=True, grid=2, batch_size=3)
    results = tower(items())
    assert len(results) == 3
    for one, together in zip(items(), results, strict=True):
        (alone,) = tower([one])
        assert np.allclose(alone.value["image"], together.value["image"], atol=1e-5)
        assert np.allclose(alone.value["regions"], together.value["regions"], atol=1e-5)
        assert np.allclose(alone.value["patches"], together.value["patches"], atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_patches_are_a_grid_whose_mean_is_the_mean(folders, kind):
    (fine,) = made(folders[kind], patches=True, grid=4)(items()[:1])
    (coarse,) = made(folders[kind], patches=True, grid=2, pooling="mean")(items()[:1])
    assert len(fine.value["patches"]) == 16
    assert len(coarse.value["patches"]) == 4
    assert np.allclose(np.mean(coarse.value["patches"], 0), coarse.value["image"], atol=1e-5)


def test_both_towers_of_clip_serve_as_its_vision_tower_alone(folders, tmp_path):
    from transformers import CLIPModel

    CLIPModel.from_pretrained(folders["clip"]).vision_model.save_pretrained(tmp_path)
    (tmp_path / "preprocessor_config.json").write_bytes((folders["clip"] / "preprocessor_config.json").read_bytes())
    (both,), (alone,) = made(folders["clip"])(items()[:1]), made(tmp_path)(items()[:1])
    assert np.allclose(both.value["image"], alone.value["image"], atol=1e-5)


def test_half_precision_is_near(folders):
    (whole,), (half,) = made(folders["vit"])(items()[:1]), made(folders["vit"], precision="bf16")(items()[:1])
    assert half.value["image"].dtype == np.float32
    assert np.allclose(whole.value["image"], half.value["image"], atol=0.1)
    assert not np.array_equal(whole.value["image"], half.value["image"])


def test_a_broken_image_costs_its_own_row_alone(folders, tmp_path):
    tower = made(folders["vit"])
    found = tower([item(cut(tmp_path / "half.jpg", photograph("china")), boxes=[]), items()[1]])
    assert found[0].error.startswith("image broken: half.jpg")
    assert found[1].value["image"].shape == (16,)


@pytest.mark.parametrize(
    ("changes", "error"),
    [(None, "bad-config.*says no size"), ({"size": {"height": 224, "width": 224}}, r"no-weights.*\(224\*224\)")],
)
def test_an_image_processor_that_is_not_the_networks_is_named_before_the_first_image(folders, tmp_path, changes, error):
    """The library would make up what an empty one does not say: another size, another normalisation."""
    folder = shutil.copytree(folders["vit"], tmp_path / "vit")
    file = folder / "preprocessor_config.json"
    file.write_text("{}" if changes is None else json.dumps(json.loads(file.read_text()) | changes))
    with pytest.raises(InputError, match=error) as caught:
        made(folder)([item(photograph("china"))])
    assert caught.value.remedy.startswith("get ")
