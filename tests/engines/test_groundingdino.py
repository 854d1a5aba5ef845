"""Regions by groundingdino-py's own GroundingDINO, through the stage, under the interpreter of `make lavis-env`.

Swin-T is the smallest backbone that it knows; encoder and decoder have one layer each, the images 96 pixels.
"""

import json

import pytest

from mmner.regions.boxes import iou
from tests.engines.foreign import POSTS, Workplace, built
from tests.engines.foreign_models import SIDE

EVERYTHING = {"box_threshold": 0.0, "same": 1.0, "max_regions": 30}  # random weights find everything a little


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    return built("groundingdino", tmp_path_factory.mktemp("groundingdino") / "weights")


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    return Workplace(tmp_path_factory.mktemp("regions"))


@pytest.fixture(scope="module")
def variant(weights):
    files = {"weights": str(weights), "checkpoint": "tiny", "config": "tiny.json", "allow_pickle": True}
    return {"backend": "groundingdino-py", **files, "shortest": SIDE, "longest": 2 * SIDE}


@pytest.fixture(scope="module")
def rows(work, variant):
    return work.rows("regions", **variant, **EVERYTHING)


def test_each_row_has_regions_or_says_why_not(rows):
    assert [(row["error"] or "").split(":")[0] for row in rows] == ["", "", "", "", "image broken", "no image"]
    assert all(len(row["regions"]) == 30 for row in rows[:4])


def test_regions_belong_to_an_expression_and_lie_in_the_image(rows):
    assert all(row["regions"] for row in rows[:4])
    for row, (_, _, _, expressions) in zip(rows[:4], POSTS, strict=False):
        assert {region["expression"] for region in row["regions"]} <= set(expressions)
        for region in row["regions"]:
            assert 0 <= region["box"]["x0"] < region["box"]["x1"] <= 1
            assert 0 <= region["box"]["y0"] < region["box"]["y1"] <= 1
        scores = [region["score"] for region in row["regions"]]
        assert scores == sorted(scores, reverse=True)


def test_the_boxes_are_those_of_the_package_s_own_inference(rows, weights):
    expected = json.loads((weights.parent / "expected.json").read_text())
    assert expected
    for _, (x, y, width, height) in expected:
        corners = {"x0": x - width / 2, "y0": y - height / 2, "x1": x + width / 2, "y1": y + height / 2}
        assert max(iou(corners, region["box"]) for region in rows[0]["regions"]) > 0.99
    assert rows[0]["regions"][0]["score"] <= max(score for score, _ in expected) + 1e-4


def test_batched_equals_single(work, variant, rows):
    assert work.rows("regions", "another", **variant, **EVERYTHING, batch_size=1) == rows


def test_thresholds_duplicates_and_number_of_regions(work, variant, rows):
    found = work.rows("regions", **variant, box_threshold=0.8, same=0.5, max_regions=4)
    assert len(found) == len(rows) > 4
    for row, every in zip(found[:4], rows, strict=False):
        kept = row["regions"]
        assert len(kept) <= 4
        assert all(region["score"] >= 0.8 for region in kept)
        assert all(iou(a["box"], b["box"]) < 0.5 for a in kept for b in kept if a is not b)
        assert kept[:1] == [region for region in every["regions"] if region["score"] >= 0.8][:1]
    assert any(row["regions"] for row in found[:4])


def test_a_pickle_and_a_config_that_is_a_program_are_refused_unless_allowed(work, weights, variant, tmp_path):
    status, said = work.run("regions", **variant | {"allow_pickle": False})
    assert status == 1
    assert "error[pickle-weights]" in said
    assert "tiny.pth" in said
    (tmp_path / "config.py").write_text("raise SystemExit('run')\n")
    status, said = work.run("regions", **variant | {"weights": str(tmp_path), "allow_pickle": False})
    assert "error[pickle-weights]" in said


def test_another_model_s_checkpoint_is_named(work, weights, variant):
    status, said = work.run("regions", **variant | {"config": "GroundingDINO_SwinB_cfg.py"})
    assert status == 1
    assert "error[no-weights]" in said
    assert "size mismatch" in said
