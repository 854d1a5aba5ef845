"""A report tells errors of regions by kind, and draws gold's boxes and the predicted ones apart."""

import json
from collections import Counter

import pytest

from mmner.tools.report import analysis, gather, render
from mmner.tools.report.gather import Prepared

SIGN, ELSEWHERE = {"x0": 0.0, "y0": 0.0, "x1": 0.5, "y1": 0.5}, {"x0": 0.5, "y0": 0.5, "x1": 1.0, "y1": 1.0}


def entity(start=0, box=(), boxes=(), kept=True, label="PER") -> dict:
    return {"start": start, "end": start + 1, "label": label, "kept": kept, "box": [*box], "boxes": [*boxes]}


@pytest.mark.parametrize(
    ("said", "gold", "kind"),
    [
        (entity(box=[SIGN]), entity(boxes=[ELSEWHERE, SIGN]), "right"),
        (entity(), entity(), "right"),
        (entity(box=[SIGN], kept=False), entity(), "right"),
        (entity(box=[SIGN], label="LOC"), entity(boxes=[SIGN]), "right"),
        (entity(), entity(boxes=[SIGN]), "box missed"),
        (entity(box=[SIGN], kept=False), entity(boxes=[SIGN]), "box missed"),
        (entity(box=[ELSEWHERE]), entity(boxes=[SIGN]), "wrong box"),
        (entity(box=[SIGN]), entity(), "box for what is not there"),
    ],
)
def test_a_region_is_right_or_of_one_kind_of_error(said, gold, kind):
    assert [found for found, _ in analysis.region_outcomes([said], [gold])] == [kind]


def test_an_entity_that_gold_lacks_has_no_region_to_compare():
    assert analysis.region_outcomes([entity(start=3, box=[SIGN])], [entity(boxes=[SIGN])]) == []


def test_boxes_of_both_sides_stand_apart_on_the_page(tmp_path):
    row = {"predicted": [entity(box=[ELSEWHERE]), entity(1, [SIGN], kept=False)], "gold": [entity(boxes=[SIGN])]}
    post = {"id": "a", "tokens": ["Mira", "sings"], "image": None, "kinds": ["type"], "regions": [], "facts": []}
    gather.with_regions(post, row)
    assert post["kinds"] == ["type", "wrong box"]
    scores = {"f1": 0.5, "precision": 0.25, "recall": 0.75, "low": 0.4, "high": 0.6, "support": 7}
    regions = {
        "scores": dict.fromkeys(("gmner", "eeg", "groundable", "ungroundable"), scores)
        | {"groundable_entities": 3, "entities": 9, "types": {"PER": scores}},
        "threshold": 0.5,
        "kinds": {"on predicted spans": Counter({"right": 4, "wrong box": 2})},
    }
    context = {"run": "mine", "split": "dev", "regions": regions, "box_kinds": analysis.BOX_KINDS, "types": []}
    context |= {"scores": dict.fromkeys(("f1", "low", "high", "precision", "recall", "default_f1"), 0.5), "parts": []}
    context |= {"confusion": ([], []), "calibration": {"bins": []}, "title": "mine", "other": None, "against": None}
    render(tmp_path / "a.html", context, [post], Prepared("p", "c", {}, None), None)
    page = (tmp_path / "a.html").read_text()
    (shown,) = json.loads(page.split('id="data">')[1].split("</script>")[0])
    assert shown["boxes"] == {
        "gold": [{"span": [0, 1, "PER"], "box": [0.0, 0.0, 0.5, 0.5]}],
        "predicted": [{"span": [0, 1, "PER"], "box": [0.5, 0.5, 1.0, 1.0]}],
    }
    assert "GMNER F1, 95% 40.0 to 60.0" in page
    assert "<option>wrong box</option>" in page
    assert "3 of 9 entities of gold have a box" in page


@pytest.mark.parametrize(
    ("expression", "label", "shown"), [("a sign", "sign", "a sign"), (None, "sign", "sign"), (None, None, "")]
)
def test_a_region_that_no_expression_names_is_called_by_its_label(expression, label, shown):
    region = {"expression": expression, "label": label, "score": 0.5, "box": SIGN}
    prepared = Prepared("p", "c", {"a": {"regions": [region]}}, None)
    post = gather.post(prepared, {"id": "a", "tokens": ["Mira"]}, None)
    assert post["regions"] == [{"expression": shown, "score": 0.5, "box": [0.0, 0.0, 0.5, 0.5]}]


def test_an_evaluation_of_before_has_no_regions(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert gather.grounded("mine", "dev") == {}
