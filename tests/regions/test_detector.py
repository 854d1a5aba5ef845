"""Detections by a tiny YOLOS, some of them drawn."""

import pytest

from mmner.base.params import backend
from mmner.rows.schemas import round_floats
from mmner.rows.stages import STAGES
from tests.fakes import tiny_models
from tests.fakes.pictures import cut, item, photograph

pytestmark = pytest.mark.usefixtures("module_store")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny_models.yolos(tmp_path_factory.mktemp("yolos"))


def made(folder, **params):
    mapping = {"backend": "detector", "weights": str(folder), "threshold": 0.0, **params}
    return backend("regions", "x", mapping, STAGES["regions"].backends)


def items():
    return [item(photograph(name)) for name in ("grace_hopper", "china", "flower")]


def test_batched_equals_single_whatever_the_sizes(folder):
    detector = made(folder, sample=20)  # all of them: a draw would hide what batching changes in the last decimals
    assert round_floats([one.value for one in detector(items())]) == round_floats(
        [detector([one])[0].value for one in items()]
    )


def test_five_are_drawn_by_seed_and_image(folder):
    first, again, other = made(folder)(items()), made(folder)(items()), made(folder, seed=2)(items())
    assert [len(result.value["regions"]) for result in first] == [5, 5, 5]
    assert first == again
    assert first != other


def test_regions_have_names_and_boxes_in_the_image(folder):
    results = made(folder)(items())
    assert [len(result.value["regions"]) for result in results] == [5, 5, 5]
    for result in results:
        for region in result.value["regions"]:
            assert region["label"] in ("cat", "boat", "sofa")
            assert region["expression"] is None
            assert 0 <= region["box"]["x0"] < region["box"]["x1"] <= 1
            assert 0 <= region["box"]["y0"] < region["box"]["y1"] <= 1


def test_nothing_above_the_threshold_is_no_region(folder):
    assert made(folder, threshold=1.0)(items())[0].value == {"regions": []}


def test_a_broken_image_costs_its_own_row_alone(folder, tmp_path):
    found = made(folder)([item(cut(tmp_path / "half.jpg", photograph("china"))), items()[1]])
    assert found[0].error.startswith("image broken: half.jpg")
    assert found[1].value["regions"]
