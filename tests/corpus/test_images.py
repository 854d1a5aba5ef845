"""What the reader says about a post's image."""

import hashlib
import os

import pytest

from mmner.base.errors import InputError
from mmner.corpus import reader
from tests.corpus.folder import POST, corpus, picture, write
from tests.fakes.pictures import no_more_files


def read(folder, *names, **changes):
    train = "\n".join(f"IMGID:{name}\n{POST}" for name in names)
    return reader.read(write(folder, train=train), corpus(images="images", **changes))


def test_a_readable_image_gives_its_name_and_the_digest_of_its_bytes(tmp_path):
    path = picture(tmp_path / "images" / "新 1.jpg")
    row = read(tmp_path, "新 1", image_suffix=".jpg").examples[0]
    assert (row["image"], row["error"]) == ("新 1.jpg", None)
    assert row["image_sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()


def test_an_image_of_another_suffix_than_the_entrys_is_found_where_it_is_the_only_one(tmp_path):
    for name in ("a.PNG", "b.jpg", "b.png", "c.png", "c.gif", "d.jpg.jpg", "e.txt", "x/f.jpeg"):
        picture(tmp_path / "images" / name) if not name.endswith(".txt") else (tmp_path / "images" / name).touch()
    found = read(tmp_path, *"abcde", "x/f", "g", image_suffix=".jpg")
    assert [row["image"] for row in found.examples[:7]] == [
        "a.PNG", "b.jpg", "c.jpg", "d.jpg", "e.jpg", "x/f.jpeg", "g.jpg"
    ]  # fmt: skip
    assert [bool(row["error"]) for row in found.examples[:7]] == [False, False, True, True, True, False, True]
    assert found.notes == ["images: 2 of another suffix than image_suffix, the first: a.jpg is a.PNG"]
    assert read(tmp_path, "a.jpg").examples[0]["image"] == "a.jpg"  # a whole name means that file


def test_images_that_cannot_be_had_keep_their_row_and_say_why(tmp_path):
    whole = picture(tmp_path / "images" / "whole.jpg", (64, 64)).read_bytes()
    (tmp_path / "images" / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "images" / "empty.jpg").touch()
    (tmp_path / "images" / "folder.jpg").mkdir()
    found = read(tmp_path, "whole.jpg", "cut.jpg", "empty.jpg", "gone.jpg", "folder.jpg")
    reasons = [(row["error"] or "fine").split(":")[0] for row in found.examples]
    assert reasons == ["fine", "image broken", "image empty", "image missing", "image missing", "fine", "fine"]
    assert [row["image_sha256"] is None for row in found.examples[:5]] == [False, False, False, True, True]
    assert found.report.errors == {"image missing": 2, "image broken": 1, "image empty": 1}


def test_an_image_that_the_machine_cannot_read_ends_the_stage_and_is_not_called_broken(tmp_path):
    picture(tmp_path / "images" / "a.png")
    found = read(tmp_path, "a.png")
    for row in found.examples:
        row["image_sha256"] = row["error"] = None
    with no_more_files(), pytest.raises(InputError, match="Too many open files; mend that") as caught:
        reader.look(found.examples, tmp_path, corpus(images="images"))
    assert (caught.value.name, caught.value.where) == ("image-unreadable", "train.txt:1")


def test_a_post_without_image_is_no_failure(tmp_path):
    found = reader.read(write(tmp_path), corpus(images="images", max_failed=0.0))
    reader.check_failed(found, tmp_path, corpus(images="images", max_failed=0.0))
    assert {(row["image"], row["error"]) for row in found.examples} == {(None, None)}


def test_a_text_corpus_has_no_images_though_its_file_names_some(tmp_path):
    found = reader.read(write(tmp_path, train=f"IMGID:gone.jpg\n{POST}"), corpus(images=None))
    assert (found.examples[0]["image"], found.examples[0]["error"]) == (None, None)


def test_more_failures_than_allowed_are_an_error_and_as_many_are_none(tmp_path):
    found = read(tmp_path, "gone.jpg", "gone2.jpg")  # of 4 posts
    reader.check_failed(found, tmp_path, corpus(images="images", max_failed=0.5))
    with pytest.raises(InputError, match="2 of 4") as caught:
        reader.check_failed(found, tmp_path, corpus(images="images", max_failed=0.49))
    assert caught.value.name == "too-many-failed"


def test_an_image_outside_the_folder_is_an_error_at_its_line(tmp_path):
    outside = picture(tmp_path / "outside.png")
    (tmp_path / "images").mkdir()
    os.symlink(outside, tmp_path / "images" / "link.png")
    for name in ("../../etc/passwd", "../outside.png", str(outside), "link.png"):
        with pytest.raises(InputError) as caught:
            read(tmp_path, "gone.png", name)
        assert (caught.value.name, caught.value.where) == ("image-outside-folder", "train.txt:6")


def test_a_decompression_bomb_is_an_error_at_its_line(tmp_path):
    picture(tmp_path / "images" / "bomb.png", (101, 100))
    with pytest.raises(InputError) as caught:
        read(tmp_path, "bomb.png", max_pixels=10_000)
    assert (caught.value.name, caught.value.where) == ("decompression-bomb", "train.txt:1")
    assert read(tmp_path, "bomb.png", max_pixels=10_100).examples[0]["error"] is None


def test_an_image_of_two_posts_is_read_for_both(tmp_path):
    picture(tmp_path / "images" / "a.png")
    first, second = read(tmp_path, "a.png", "a.png").examples[:2]
    assert first["image_sha256"] == second["image_sha256"] is not None
