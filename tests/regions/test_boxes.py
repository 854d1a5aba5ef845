"""Boxes for expressions."""

import pytest

from mmner.regions.boxes import Boxes, enclosing_box, iou, matching_lines
from mmner.regions.sampled import Sampled
from tests.fakes.pictures import TEXT_BOX, cut, item, photograph, sign

pytestmark = pytest.mark.usefixtures("module_store")


@pytest.fixture(scope="module")
def boxes():
    return Boxes(Boxes.Params(max_regions=2))


def box(x0, y0, x1, y1):
    return {"x0": x0, "y0": y0, "x1": x1, "y1": y1}


def regions(backend, *items):
    return [result.value["regions"] for result in backend(list(items))]


def test_quoted_text_gets_the_box_where_it_was_drawn(boxes, tmp_path):
    drawn = sign(tmp_path / "a.jpg", "Marlow Bakery")
    (found,) = regions(boxes, item(drawn, expressions=["marlow bakery"]))
    assert [(region["expression"], region["label"]) for region in found] == [("marlow bakery", "Marlow Bakery")]
    middle = ((found[0]["box"]["x0"] + found[0]["box"]["x1"]) / 2, (found[0]["box"]["y0"] + found[0]["box"]["y1"]) / 2)
    assert TEXT_BOX[0] / 384 < middle[0] < TEXT_BOX[2] / 384
    assert TEXT_BOX[1] / 384 < middle[1] < TEXT_BOX[3] / 384


def test_a_phrase_gets_the_box_of_the_tag_that_is_nearest(boxes):
    (found,) = regions(boxes, item(photograph("grace_hopper"), expressions=["navy uniform", "quantum physics"]))
    assert [(region["expression"], region["label"]) for region in found] == [("navy uniform", "military uniform")]
    place = found[0]["box"]
    assert 0 <= place["x0"] < place["x1"] <= 1
    assert 0 <= place["y0"] < place["y1"] <= 1


def test_two_names_of_one_thing_are_one_region_and_no_expression_none(boxes):
    twice = item(photograph("grace_hopper"), expressions=["navy uniform", "military uniform"])
    found, none = regions(boxes, twice, item(photograph("flower"), expressions=[]))
    assert [region["expression"] for region in found] == ["military uniform"]
    assert none == []


def test_batched_equals_single_and_a_broken_image_fails_alone(boxes, tmp_path):
    posts = [
        item(photograph("flower"), expressions=["white daisy"]),
        item(cut(tmp_path / "bad.jpg", photograph("china")), expressions=["boat"]),
        item(photograph("china"), expressions=["palace", "monastery"]),
    ]
    together = boxes(posts)
    assert together == [boxes([each])[0] for each in posts]
    assert [result.error is None for result in together] == [True, False, True]


def test_sampled_regions_depend_on_image_and_seed_alone():
    post = item(photograph("china"))
    first = Sampled(Sampled.Params(max_regions=2))([post])
    assert first == Sampled(Sampled.Params(max_regions=2))([post | {"sentence": "another"}])
    assert len(first[0].value["regions"]) == 2
    others = [Sampled(Sampled.Params(max_regions=2, seed=seed))([post]) for seed in range(5)]
    assert any(other != first for other in others)
    assert len(Sampled(Sampled.Params(max_regions=99))([post])[0].value["regions"]) <= 99


def test_text_matches_whole_words_lines_and_near_misses():
    lines = [{"text": text} for text in ("Marlow Bakery", "OPEN", "fresh bread")]
    found = {
        text: [line["text"] for line in matching_lines(text, lines)] for text in ("Marlow Bakery open", "bakery", "bak")
    }
    assert found == {"Marlow Bakery open": ["Marlow Bakery", "OPEN"], "bakery": ["Marlow Bakery"], "bak": []}
    assert [line["text"] for line in matching_lines("Mar1ow Bakery", lines)] == ["Marlow Bakery"]
    assert matching_lines("!", lines) == []
    assert matching_lines("नेपाल", [{"text": "नेपाली सेना"}]) == []  # another word, by its vowel sign


def test_union_and_overlap_by_hand():
    first, second = box(0.0, 0.0, 0.5, 0.5), box(0.25, 0.0, 0.75, 0.5)
    assert enclosing_box(first, second) == box(0.0, 0.0, 0.75, 0.5)
    assert iou(first, second) == pytest.approx(1 / 3)
    assert iou(first, box(0.6, 0.6, 1, 1)) == 0.0
    assert iou(first, first) == pytest.approx(1.0)
