"""Captions are about the image, and chosen for the sentence and the domain."""

import numpy as np
import pytest
from PIL import Image

from mmner.captions.english import choose_lines, enumeration, with_article, word_count
from mmner.captions.tags import Tags
from mmner.rows.compute import compute
from mmner.rows.store import Store
from tests.fakes.pictures import cut, item, photograph, sign

pytestmark = pytest.mark.usefixtures("module_store")


@pytest.fixture(scope="module")
def tags():
    return Tags(Tags.Params(max_tags=1, min_tag_score=0.05, batch_size=2))


def captions(backend, *items):
    return [result.value["caption"] for result in backend(list(items))]


def test_a_caption_names_what_is_seen_and_quotes_what_is_written(tags, tmp_path):
    drawn = sign(tmp_path / "a.jpg", "Marlow Bakery")
    hopper, shop = captions(tags, item(photograph("grace_hopper")), item(drawn))
    assert hopper == 'A photo of a military uniform, with the words "COMO HOPPER".'  # her name tag
    assert shop.endswith('with the words "Marlow Bakery".')


def test_another_sentence_or_domain_gives_another_caption():
    china = photograph("china")
    rowing = item(china, sentence="we rented a rowing boat on the lake", domain_cue="boats, boathouses and rowing")
    monks = item(china, sentence="the monks were singing", domain_cue="monasteries and churches")
    mixed = item(china, sentence="the monks were singing", domain_cue="boats, boathouses and rowing")
    boat, monk, other = captions(Tags(Tags.Params(max_tags=2, min_tag_score=0.05)), rowing, monks, mixed)
    assert "boathouse" in boat
    assert "monastery" in monk
    assert other != monk  # the domain alone


def test_text_that_does_not_fit_is_chosen_for_the_sentence():
    lines = ["Joe's fish and chips", "guitar concert tonight", "fresh fish daily"]
    assert choose_lines(lines, 3, lambda text: "guitar" in text) == ["guitar concert tonight"]
    assert choose_lines(lines, 7, lambda text: "fish" in text) == ["Joe's fish and chips", "fresh fish daily"]
    assert choose_lines(lines, 20, len) == lines
    assert choose_lines(lines[:1], 3, len) == ["Joe's fish and"]
    assert choose_lines(["新春快樂萬事如意"], 2, len) == ["新春快樂"]
    assert choose_lines(lines, 0, len) == choose_lines([], 3, len) == []


def test_batched_equals_single_and_a_broken_image_fails_alone(tags, tmp_path):
    posts = [
        item(photograph("flower")),
        item(cut(tmp_path / "bad.jpg", photograph("china"))),
        item(sign(tmp_path / "a.jpg", 'Say "hello"')),
    ]
    together = tags(posts)
    assert together == [tags([each])[0] for each in posts]
    assert [result.value is None for result in together] == [False, True, False]
    assert together[1].error.startswith("image broken: bad.jpg: ")
    assert not together[1].transient
    assert together[2].value["caption"].count('"') == 2


def test_an_image_that_vanished_is_asked_for_again(tags, tmp_path):
    (result,) = tags([item(tmp_path / "gone.jpg", image_sha256="0" * 64)])
    assert (result.error, result.transient) == ("image missing: gone.jpg", True)


def test_a_second_run_computes_nothing_and_another_parameter_looks_again_at_nothing(tags, tmp_path):
    rows = Store(tmp_path / "rows.sqlite")
    posts = [item(photograph(name)) for name in ("flower", "china", "grace_hopper")]
    tags = Tags(tags.params, rows)
    first, _, report = compute("captions", posts, tags, rows)
    assert report.computed == 3
    again, _, report = compute("captions", posts, tags, rows)
    assert (report.computed, report.reused, again) == (0, 3, first)
    gone = [post | {"image_path": str(tmp_path / "gone.jpg")} for post in posts]
    answers, _, report = compute("captions", gone, Tags(Tags.Params(max_tags=3), rows), rows)
    assert report.computed == 3
    assert [answer["error"] for answer in answers] == [None] * 3


def test_small_english():
    assert [with_article(name) for name in ("envelope", "violin")] == ["an envelope", "a violin"]
    assert [enumeration(names) for names in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
    assert word_count("fish and 故宫 chips") == 4


@pytest.mark.parametrize("size", [(2500, 1), (1, 2500), (10_000, 3), (3, 5800), (1, 1)])
def test_an_image_of_any_shape_gets_a_caption(tags, tmp_path, size):
    path = tmp_path / "line.gif"
    Image.new("RGB", size, "red").save(path)
    (caption,) = captions(tags, item(path))
    assert caption.startswith("A photo")


def test_grey_of_16_bits_is_seen_as_the_same_grey_of_8(tags, tmp_path):
    grey = Image.open(photograph("china")).convert("L")
    grey.save(tmp_path / "8.png")
    Image.fromarray(np.asarray(grey).astype(np.uint16) * 257).save(tmp_path / "16.png")
    Image.fromarray(np.asarray(grey).astype(np.float32) / 255).save(tmp_path / "float.tif")
    eight, sixteen, float_ = captions(tags, *(item(tmp_path / name) for name in ("8.png", "16.png", "float.tif")))
    assert eight == sixteen == float_
    assert eight != "A photo."
