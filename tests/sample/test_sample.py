"""What the sample promises: the same at every run, no name in two splits, no label given away, ugly cases."""

import json
import os
import re
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image, UnidentifiedImageError

from mmner import sample
from mmner.base.errors import InputError
from mmner.ner import iob
from mmner.sample import pictures, wording
from mmner.sample.names import SPLITS, names
from mmner.sample.posts import LABELS, corpus

GIVEAWAY = re.compile(r"\b(person|people|place|location|organi[sz]ation|PER|LOC|ORG)\b", re.IGNORECASE)


@pytest.fixture(scope="module")
def made():
    return corpus()


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("raw") / "sample"
    sample.write(out)
    return out


def entities(posts) -> list[tuple[str, str]]:
    """(text, label) of each entity of `posts`."""
    return [(" ".join(post.tokens[start:end]), label) for post in posts for start, end, label in iob.spans(post.tags)]


def test_texts_and_images_are_the_same_bytes_at_every_run(folder, tmp_path):
    sample.write(tmp_path / "again")
    files = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(tmp_path / "again") for path in (tmp_path / "again").rglob("*.*"))
    differing = [
        str(name) for name in files if (folder / name).read_bytes() != (tmp_path / "again" / name).read_bytes()
    ]
    assert set(differing) <= {"knowledge.zim"}


def test_what_was_there_is_replaced_and_nothing_else_is_left_behind(folder):
    (folder / "stale.txt").write_text("old")
    sample.write(folder)
    assert not (folder / "stale.txt").exists()
    assert [path.name for path in folder.parent.iterdir()] == ["sample"]


def test_who_may_read_it_is_as_umask_says(tmp_path):
    before = os.umask(0o027)
    try:
        sample.write(tmp_path / "sample")
    finally:
        os.umask(before)
    found = [tmp_path / "sample", *(tmp_path / "sample").rglob("*")]
    assert {(path.is_dir(), oct(path.stat().st_mode & 0o777)) for path in found} == {(True, "0o750"), (False, "0o640")}


def test_a_file_in_its_place_is_named(tmp_path):
    (tmp_path / "sample").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match=r"in-the-way.*sample"):
        sample.write(tmp_path / "sample")
    assert (tmp_path / "sample").read_text(encoding="utf-8") == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["sample"]


def test_names_of_dev_and_test_do_not_occur_in_train(made):
    train, others = ({name.lower() for name, _ in entities(made.posts[split])} for split in ("train", "test"))
    dev = {name.lower() for name, _ in entities(made.posts["dev"])}
    assert not train & (others | dev)
    text = " ".join(token.lower() for post in made.posts["train"] for token in post.tokens)
    assert not [name for name in others | dev if re.search(rf"\b{name}\b", text)]
    pool = names()
    firsts = [name.split()[0] for split in pool for name in pool[split]]
    assert len(set(firsts)) == len(firsts)


def test_labels_are_never_written(made):
    drawn = [line for posts in made.posts.values() for post in posts if post.picture for line in post.picture.lines]
    signs = [line for kind in wording.SIGNS.values() for _, line in kind]
    written = [" ".join(post.tokens) for posts in made.posts.values() for post in posts]
    articles = [re.sub("<[^>]+>", " ", article.page) for article in made.articles]
    assert not [text for text in [*drawn, *signs, *written, *articles] if GIVEAWAY.search(text)]


def test_every_type_is_equally_likely_in_every_kind_of_post(made):
    for split in SPLITS:
        counts = Counter(label for _, label in entities(made.posts[split]))
        assert set(counts) == set(LABELS)
        assert max(counts.values()) <= 1.25 * min(counts.values()), (split, counts)


def test_most_types_show_outside_of_the_text_in_two_halves(made):
    for split in SPLITS:
        shown = Counter(kind for post in made.posts[split] for kind in post.evidence)
        total = sum(shown.values())
        assert shown["text"] / total < 0.15
        assert shown["image"] / total > 0.35
        assert shown["knowledge"] / total > 0.35


def test_each_entity_has_evidence(made):
    for split in SPLITS:
        assert entities(made.posts[split])
        for post in made.posts[split]:
            assert len(post.evidence) == len(iob.spans(post.tags))


def test_every_image_is_there_but_the_deliberate_ones(made, folder):
    pictures = [post.picture for posts in made.posts.values() for post in posts if post.picture]
    assert {"whole", "missing"} < {picture.state for picture in pictures}  # and others that can't be read
    for picture in pictures:
        file = folder / "images" / picture.name
        if picture.state == "missing":
            assert not file.exists()
        elif picture.state == "whole":
            with Image.open(file) as image:
                image.load()
                assert image.format == "JPEG"
        else:
            with pytest.raises((OSError, UnidentifiedImageError)), Image.open(file) as image:
                image.load()


def test_the_ugly_cases_are_there(made):
    for split in ("train", "test"):
        posts = made.posts[split]
        states = {post.picture.state if post.picture else "none" for post in posts}
        assert states == {"none", "whole", "missing", "truncated", "empty"}, split
        assert any(not post.evidence for post in posts)
        assert any(len(post.tokens) == 1 for post in posts)
        text = " ".join(token for post in posts for token in post.tokens)
        assert re.search("[\U0001f300-\U0001faff]", text)
        assert re.search("[\u0400-\u04ff\u3040-\u30ff]", text)
        assert any(re.search("[a-z]", name) and name == name.lower() for name, _ in entities(posts))
        assert any(post.picture and post.picture.photo == "flower.jpg" for post in posts)


def test_the_archive_has_ambiguous_titles_redirects_and_traps(made):
    titles = {article.title for article in made.articles}
    named = {name for split in SPLITS for name, _ in entities(made.posts[split])}
    assert len([title for title in titles if f"{title} (" in " ".join(titles)]) >= 10
    assert sum(len(article.redirects) for article in made.articles) >= 10
    shown = {
        name
        for split in SPLITS
        for post in made.posts[split]
        for (name, _), kind in zip(entities([post]), post.evidence, strict=True)
        if kind == "image"
    }
    assert len(shown & titles) >= 15
    assert len(titles - named) >= 80


def test_each_entity_that_an_image_shows_has_its_box_and_no_other(made, folder):
    rows = [json.loads(line) for line in (folder / "boxes.jsonl").read_text(encoding="utf-8").splitlines()]
    boxed = {(row["id"], row["start"], row["end"]) for row in rows}
    shown = {
        (f"{split}-{number}", start, end)
        for split, posts in made.posts.items()
        for number, post in enumerate(posts)
        for (start, end, _), evidence in zip(iob.spans(post.tags), post.evidence, strict=True)
        if evidence == "image"
    }
    assert boxed == shown
    for row in rows:
        ((x0, y0, x1, y1),) = row["boxes"]
        assert 0 <= x0 < x1 <= 1
        assert 0 <= y0 < y1 <= 1
        assert 0.15 < (x1 - x0) * (y1 - y0) <= 1


def test_a_mirrored_photograph_has_its_subject_on_the_other_side():
    place = pictures._share((62, 30, 372, 418), (64, 43, 640, 427))
    other = pictures._share((62, 30, 372, 418), (64, 43, 640, 427), mirrored=True)
    assert place == pytest.approx((0, 0, 308 / 576, 375 / 384))
    assert other == pytest.approx((1 - 308 / 576, 0, 1, 375 / 384))
