"""A report counts errors by kind, says what changed, and holds every post in one file."""

import json
import os
import re

import pytest

from mmner.tools.report import analysis, thumbnails
from mmner.tools.report.analysis import Outcome, calibration, changed, confusion, outcomes


def tags(text):
    return text.split(" ")


def test_outcomes_are_right_or_of_one_kind_of_error():
    gold = tags("B-PER I-PER O B-LOC O B-ORG O B-LOC O O")
    said = tags("B-PER O O B-LOC O B-PER O O O B-ORG")
    assert outcomes(gold, said) == [
        Outcome("boundary", (0, 2, "PER"), (0, 1, "PER")),
        Outcome("right", (3, 4, "LOC"), (3, 4, "LOC")),
        Outcome("type", (5, 6, "ORG"), (5, 6, "PER")),
        Outcome("missed", (7, 8, "LOC"), None),
        Outcome("spurious", None, (9, 10, "ORG")),
    ]


def test_an_overlap_with_another_label_is_one_missed_and_one_spurious():
    assert [one.kind for one in outcomes(tags("B-PER I-PER"), tags("B-LOC O"))] == ["missed", "spurious"]


def test_an_exact_match_is_taken_before_an_overlap():
    gold, said = tags("B-PER B-PER I-PER"), tags("O B-PER I-PER")
    assert [(one.kind, one.gold) for one in outcomes(gold, said)] == [
        ("missed", (0, 1, "PER")),
        ("right", (1, 3, "PER")),
    ]


def test_confusion_counts_pairs_and_what_has_no_partner():
    found = [outcomes(tags("B-PER B-LOC O"), tags("B-LOC O B-LOC"))]
    assert confusion(found) == (["LOC", "PER", "O"], [[0, 0, 1], [1, 0, 0], [1, 0, 0]])


def test_a_label_that_is_predicted_in_place_of_another_alone_has_its_row():
    from mmner.tools.report import _types

    rows = _types([outcomes(tags("B-PER O B-PER"), tags("B-LOC O B-PER"))])
    assert [(row["label"], row["support"], row["predicted"], row["f1"]) for row in rows] == [
        ("LOC", 0, 1, 0.0),
        ("PER", 2, 1, pytest.approx(2 / 3)),
    ]
    assert [dict(row["kinds"]) for row in rows] == [{}, {"type": 1, "right": 1}]


def test_calibration_is_the_mean_distance_of_score_and_share():
    bins, error = calibration([(0.95, True), (0.95, False), (1.0, True), (0.15, False)])
    assert [(one.low, one.count) for one in bins] == [(0.1, 1), (0.9, 3)]
    assert bins[1].right == pytest.approx(2 / 3)
    # 1/4 of 0.15, 3/4 of |2.9/3 - 2/3|
    assert error == pytest.approx(0.25 * 0.15 + 0.75 * 0.3)
    assert calibration([]) == ([], None)


def test_a_change_is_mended_or_broke_or_both():
    gold = tags("B-PER B-LOC")
    good, bad, other = (outcomes(gold, tags(text)) for text in ("B-PER B-LOC", "B-PER O", "O B-LOC"))
    assert (changed(good, bad), changed(bad, good), changed(bad, other), changed(bad, bad)) == (
        (True, False),
        (False, True),
        (True, True),
        (False, False),
    )


def test_a_thumbnail_is_small_whatever_the_image(tmp_path):
    import base64

    import numpy as np
    from PIL import Image

    noise = np.random.default_rng(1).integers(0, 255, (900, 1400, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.png")
    (tmp_path / "broken.jpg").write_bytes(b"no image")
    made = base64.b64decode(thumbnails.small(str(tmp_path / "noise.png")))
    assert 1000 < len(made) <= thumbnails.MAX_BYTES
    assert thumbnails.small(str(tmp_path / "broken.jpg")) is None


def test_text_of_posts_cannot_become_markup(tmp_path):
    from mmner.tools.report import render
    from mmner.tools.report.gather import Prepared

    evil = "</script><script>alert(1)</script>"
    post = {"id": evil, "tokens": [evil], "image": None, "kinds": [], "facts": [], "regions": [], "chain": []}
    render(tmp_path / "a.html", {"title": evil}, [post], Prepared("p", "c", {}, None), None)
    page = (tmp_path / "a.html").read_text()
    assert evil not in page
    (data,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page)
    assert json.loads(data)[0]["tokens"] == [evil]
    assert "alert(1)&lt;/script&gt;" in page
    assert re.search(r"(src|href)=\"(https?:)?//", page) is None
    assert analysis.KINDS == ("boundary", "type", "missed", "spurious")


def test_two_reports_may_keep_large_images_in_one_folder(tmp_path):
    from PIL import Image

    from mmner.tools.report import render
    from mmner.tools.report.gather import Prepared

    for name, colour in (("red", (200, 0, 0)), ("blue", (0, 0, 200))):
        Image.new("RGB", (40, 20), colour).save(tmp_path / f"{name}.png")
        rows = {"a": {"image_sha256": f"digest-of-{name}"}}
        post = {"id": "a", "tokens": ["a"], "image": f"{name}.png", "regions": [], "facts": [], "chain": []}
        out = tmp_path / f"{name}.html"
        render(out, {"title": name}, [post], Prepared("p", "c", rows, tmp_path), tmp_path / "large")
        (shown,) = json.loads(out.read_text().split('id="data">')[1].split("</script>")[0])
        red, _, blue = Image.open(tmp_path / shown["large"]).getpixel((5, 5))
        assert (red > blue) == (name == "red")


def test_a_large_image_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    from PIL import Image

    Image.new("RGB", (40, 20), "red").save(tmp_path / "a.png")
    out, save = tmp_path / "large" / "a.jpg", Image.Image.save

    def interrupted(image, file, *rest, **more):
        save(image, file, *rest, **more)
        os.truncate(file, 100)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Image.Image, "save", interrupted)
        with pytest.raises(KeyboardInterrupt):
            thumbnails.large(str(tmp_path / "a.png"), out)
    assert [*out.parent.iterdir()] == []
    assert thumbnails.large(str(tmp_path / "a.png"), out)
    with Image.open(out) as image:
        assert (image.format, image.size) == ("JPEG", (40, 20))


def test_a_link_leads_to_a_folder_of_any_name(tmp_path):
    from PIL import Image

    from mmner.tools.report import render
    from mmner.tools.report.gather import Prepared

    Image.new("RGB", (40, 20), "red").save(tmp_path / "a.png")
    post = {"id": "a", "tokens": ["a"], "image": "a.png", "regions": [], "facts": [], "chain": []}
    prepared = Prepared("p", "c", {"a": {"image_sha256": "ab"}}, tmp_path)
    folder = os.fsdecode("#1: 100% größer? ".encode() + b"\xff")
    render(tmp_path / "a.html", {"title": "a"}, [post], prepared, tmp_path / folder)
    assert post["large"] == "%231%3A%20100%25%20gr%C3%B6%C3%9Fer%3F%20%FF/ab.jpg"
    assert (tmp_path / folder / "ab.jpg").is_file()
