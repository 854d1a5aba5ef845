"""Regions by a tiny Grounding DINO, loaded as a big one is."""

import pytest

from mmner.base.errors import InputError
from mmner.base.params import backend
from mmner.regions.boxes import iou
from mmner.regions.grounding import phrase
from mmner.regions.grounding_dino import GroundingDino
from mmner.rows.schemas import round_floats
from mmner.rows.stages import STAGES
from tests.fakes import tiny_models
from tests.fakes.pictures import cut, item, photograph

pytestmark = pytest.mark.usefixtures("module_store")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny_models.grounding_dino(tmp_path_factory.mktemp("grounding-dino"))


@pytest.fixture(scope="module")
def grounder(folder):
    return made(folder)


def made(folder, **params):
    # Random weights find everything a little: no threshold keeps every box.
    return GroundingDino(GroundingDino.Params(**{"weights": str(folder), "box_threshold": 0.0, **params}))


def items():
    return [
        item(photograph("grace_hopper"), expressions=["A navy uniform.", "a flag"]),
        item(photograph("china"), expressions=["temple"]),
        item(photograph("flower"), expressions=[]),
        item(photograph("flower"), expressions=["bee", "a flower in the sun", "Marlow Bakery"]),
    ]


def test_batched_equals_single_whatever_the_sizes(grounder):
    together = round_floats([result.value for result in grounder(items())])
    assert any(value["regions"] for value in together)
    assert together == round_floats([grounder([one])[0].value for one in items()])


def test_regions_belong_to_an_expression_and_lie_in_the_image(grounder):
    for one, result in zip(items(), grounder(items()), strict=True):
        regions = result.value["regions"]
        assert bool(regions) == bool(one["expressions"])
        assert {region["expression"] for region in regions} <= set(one["expressions"])
        assert all(0 <= region["box"]["x0"] < region["box"]["x1"] <= 1 for region in regions)
        assert all(0 <= region["box"]["y0"] < region["box"]["y1"] <= 1 for region in regions)
        assert [region["score"] for region in regions] == sorted((r["score"] for r in regions), reverse=True)


def test_no_expression_no_region_and_no_pass(grounder):
    assert grounder([items()[2]])[0].value == {"regions": []}


def test_labels_are_words_of_the_expression(folder):
    (result,) = made(folder, text_threshold=0.0)(items()[:1])
    assert {region["label"] for region in result.value["regions"]} <= {"a navy uniform", "a flag"}
    (result,) = made(folder, text_threshold=1.0)(items()[:1])  # no word reaches it: the expression stands for them
    assert {region["label"] for region in result.value["regions"]} <= {"A navy uniform.", "a flag"}


def test_thresholds_duplicates_and_number_of_regions(folder):
    assert made(folder, box_threshold=1.0)(items()[:1])[0].value["regions"] == []
    assert len(made(folder, max_regions=2, same=1.0)(items()[:1])[0].value["regions"]) == 2
    kept = made(folder, same=0.1, max_regions=12)(items()[:1])[0].value["regions"]
    assert len(kept) > 1
    assert all(iou(a["box"], b["box"]) < 0.1 for a in kept for b in kept if a is not b)


def test_expressions_beyond_the_text_length_become_a_second_prompt(grounder):
    many = [f"a red boat number {number}" for number in range(12)]  # 6 pieces each, the tiny network takes 32
    prompts = grounder._prompts(many)
    assert len(prompts) > 1
    assert [name for prompt in prompts for name, _ in prompt] == many
    (result,) = grounder([item(photograph("china"), expressions=many)])
    assert result.value["regions"]


def test_a_broken_image_costs_its_own_row_alone(grounder, tmp_path):
    broken = item(cut(tmp_path / "half.jpg", photograph("china")), expressions=["temple"])
    found = grounder([broken, items()[1]])
    assert found[0].error.startswith("image broken: half.jpg")
    assert round_floats(found[1].value) == round_floats(grounder([items()[1]])[0].value)


def test_phrases_lose_the_marks_that_end_them():
    assert phrase("  St. Mary's Church? ") == "st mary's church"


def test_another_kind_of_model_is_named(tmp_path):
    grounder = backend(
        "regions",
        "x",
        {"backend": "grounding-dino", "weights": str(tiny_models.yolos(tmp_path))},
        STAGES["regions"].backends,
    )
    with pytest.raises(InputError, match="no-weights.*"):
        grounder(items()[:1])
