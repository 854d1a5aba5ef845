"""Gold boxes of a corpus: XML by the text of an entity, JSON Lines by its tokens; what can't be is named."""

import json
import os
import time
from pathlib import Path

import pytest

from mmner.base.errors import InputError
from mmner.corpus import gold_boxes, reader
from tests.corpus.folder import POST, corpus, picture, write

OBJECT = "<object><name>{}</name><bndbox><xmin>{}</xmin><ymin>{}</ymin><xmax>{}</xmax><ymax>{}</ymax></bndbox></object>"
PARK = ("Mira Park", 10, 20, 30, 40)
LINE = {"id": "train-0", "start": 1, "end": 3, "boxes": [[0.1, 0.2, 0.3, 0.4]]}
ENTITY = {"start": 1, "end": 3, "boxes": [{"x0": 0.1, "y0": 0.2, "x1": 0.3, "y1": 0.4}]}


def xml(*objects, size=(100, 100), head="") -> str:
    sides = f"<size><width>{size[0]}</width><height>{size[1]}</height></size>" if size else ""
    return f"{head}<annotation>{sides}{''.join(OBJECT.format(*one) for one in objects)}</annotation>"


def folder(tmp_path: Path, train: str = f"IMGID:a.png\n{POST}", **files: str | bytes) -> Path:
    """A corpus with an XML file for each of `files`, by the image's name without its suffix."""
    write(tmp_path, train=train)
    (tmp_path / "xml").mkdir()
    for name, content in files.items():
        (tmp_path / "xml" / f"{name}.xml").write_bytes(content if isinstance(content, bytes) else content.encode())
    return tmp_path


def lines(tmp_path: Path, *rows: dict, train: str = f"IMGID:a.png\n{POST}") -> Path:
    write(tmp_path, train=train)
    (tmp_path / "boxes.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return tmp_path


def read(raw: Path, **changes) -> reader.Read:
    boxes = "xml" if (raw / "xml").is_dir() else "boxes.jsonl"
    return reader.read(raw, corpus(images="images", boxes=boxes, **changes))


def refused(raw: Path, **changes) -> InputError:
    with pytest.raises(InputError) as error:
        read(raw, **changes)
    assert error.value.remedy
    return error.value


def test_an_entity_has_the_boxes_of_its_text_and_one_without_has_none(tmp_path):
    train = f"IMGID:a.png\n{POST}and\tO\nAna\tB-PER\n"
    found = read(folder(tmp_path, train, a=xml(PARK, ("Mira  Park ", 0, 0, 100, 50)))).boxes
    second = {"x0": 0.0, "y0": 0.0, "x1": 1.0, "y1": 0.5}
    assert [row["id"] for row in found] == ["train-0", "dev-0", "test-0"]
    assert found[0]["entities"] == [ENTITY | {"boxes": [*ENTITY["boxes"], second]}]
    assert found[1]["entities"] == []


def test_a_corpus_that_names_no_boxes_has_null(tmp_path):
    assert [row["entities"] for row in reader.read(write(tmp_path), corpus()).boxes] == [None] * 3


def test_boxes_in_lines_are_those_of_their_tokens(tmp_path):
    found = read(lines(tmp_path, LINE, {**LINE, "id": "dev-0", "boxes": []})).boxes
    assert [row["entities"] for row in found] == [[ENTITY], [], []]


def test_all_mentions_of_a_name_share_its_boxes_in_xml_and_have_their_own_in_lines(tmp_path):
    twice = f"IMGID:a.png\n{POST}by\tO\nMira\tB-ORG\nPark\tI-ORG\n"
    raw = folder(tmp_path / "a", twice, a=xml(PARK))
    assert [(one["start"], one["boxes"]) for one in read(raw).boxes[0]["entities"]] == [
        (start, ENTITY["boxes"]) for start in (1, 4)
    ]
    assert read(lines(tmp_path / "b", LINE, train=twice)).boxes[0]["entities"] == [ENTITY]


def test_what_reaches_out_of_the_image_is_cut_and_told(tmp_path):
    found = read(folder(tmp_path, a=xml(("Mira Park", -5, 20, 130, 40))))
    assert found.boxes[0]["entities"][0]["boxes"] == [{"x0": 0.0, "y0": 0.2, "x1": 1.0, "y1": 0.4}]
    assert found.notes == ["boxes: 1 cut at the image's edge, the first at xml/a.xml: object 1"]


def test_a_name_that_is_no_entity_of_the_sentence_is_passed_over_and_told(tmp_path):
    found = read(folder(tmp_path, a=xml(("Mira", 1, 2, 3, 4), PARK)))
    assert found.boxes[0]["entities"] == [ENTITY]
    assert "whose names are no entity of their sentence, the first at xml/a.xml: object 1: Mira" in found.notes[0]


def test_two_posts_of_one_image_each_find_their_names_in_its_file(tmp_path):
    train = f"IMGID:a.png\n{POST}\nIMGID:a.png\nAna\tB-PER\n"
    found = read(folder(tmp_path, train, a=xml(PARK, ("Ana", 50, 50, 60, 60))))
    assert [[(one["start"], one["end"]) for one in row["entities"]] for row in found.boxes[:2]] == [[(1, 3)], [(0, 1)]]
    assert found.notes == []


def test_sizes_come_from_the_image_where_the_file_has_none(tmp_path):
    raw = folder(tmp_path, a=xml(PARK, size=None))
    assert (refused(raw).name, refused(raw).where) == ("no-size", "xml/a.xml")
    picture(raw / "images" / "a.png", (100, 100))
    assert read(raw).boxes[0]["entities"] == [ENTITY]


@pytest.mark.parametrize(
    ("size", "kept"), [((50, 50), [ENTITY]), ((100, 80), [])], ids=["a scaled copy", "another shape"]
)
def test_an_image_of_another_size_is_refused_and_repair_keeps_a_scaled_copy(tmp_path, size, kept):
    raw = folder(tmp_path, a=xml(PARK))
    picture(raw / "images" / "a.png", size)
    assert (refused(raw).name, refused(raw).where) == ("size-differs", "xml/a.xml")
    found = read(raw, violations="repair")
    assert found.boxes[0]["entities"] == kept
    assert bool(found.notes) != bool(kept)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP"])
def test_an_image_that_lies_on_its_side_has_the_size_that_it_is_seen_in(tmp_path, kind):
    from PIL import Image

    raw = folder(tmp_path, a=xml(PARK, size=(100, 60)))
    (raw / "images").mkdir()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (60, 100)).save(raw / "images" / "a.png", kind, exif=exif)
    assert read(raw).boxes[0]["entities"]


@pytest.mark.parametrize("name", ["MIRA PARK", "MiraPark", "Ｍｉｒａ\u00a0Park"])
def test_a_name_in_other_letters_or_blanks_is_its_entitys_and_told(tmp_path, name):
    found = read(folder(tmp_path, a=xml((name, 10, 20, 30, 40))))
    assert found.boxes[0]["entities"] == [ENTITY]
    assert "1 of names in other letters than the sentence's, the first at xml/a.xml: object 1: " in found.notes[0]


def test_a_name_is_first_that_of_the_entity_in_the_same_letters(tmp_path):
    train = f"IMGID:a.png\n{POST}by\tO\nMIRA\tB-PER\nPARK\tI-PER\n"
    assert [one["start"] for one in read(folder(tmp_path, train, a=xml(PARK))).boxes[0]["entities"]] == [1]


def test_what_tweets_escape_is_matched_with_the_character_that_it_means(tmp_path):
    train = "IMGID:a.png\nAT\tB-ORG\n&amp\tI-ORG\n;\tI-ORG\nT\tI-ORG\n"
    found = read(folder(tmp_path, train, a=xml(("AT&amp;T", 10, 20, 30, 40))))
    assert [(one["start"], one["end"]) for one in found.boxes[0]["entities"]] == [(0, 4)]


def test_an_object_without_a_box_can_not_be_seen_and_one_of_two_names_is_both(tmp_path):
    content = xml(PARK).replace("</annotation>", "<object><name>Ana</name></object></annotation>")
    content = content.replace("<name>", "<name>Li</name><name>", 1)
    train = f"IMGID:a.png\n{POST}and\tO\nAna\tB-PER\nLi\tB-PER\n"
    found = read(folder(tmp_path, train, a=content))
    assert found.boxes[0]["entities"] == [ENTITY, ENTITY | {"start": 5, "end": 6}]
    assert found.notes == [
        "boxes: 1 names without a bndbox, taken as not to be seen, the first at xml/a.xml: object 2: Ana"
    ]


def test_a_box_that_an_entity_has_already_is_left_out_and_told(tmp_path):
    found = read(folder(tmp_path / "a", a=xml(PARK, PARK)))
    assert found.boxes[0]["entities"] == [ENTITY]
    assert found.notes == ["boxes: 1 left out, which their entity has already, the first at xml/a.xml: object 2"]
    assert read(lines(tmp_path / "b", LINE | {"boxes": LINE["boxes"] * 3})).boxes[0]["entities"] == [ENTITY]


def test_time_grows_with_the_boxes_and_not_with_their_square(tmp_path):
    raw = folder(tmp_path, a=xml(*(("Mira Park", 10, 20, 30, 40 + number / 1e6) for number in range(20_000))))
    started = time.process_time()
    (entity,) = read(raw).boxes[0]["entities"]
    assert len(entity["boxes"]) == 20_000
    assert time.process_time() - started < 10  # the square took over 30 s


def test_boxes_of_an_image_of_another_suffix_are_found(tmp_path):
    raw = folder(tmp_path, f"IMGID:a\n{POST}", a=xml(PARK))
    picture(raw / "images" / "a.jpeg", (100, 100))
    found = read(raw, image_suffix=".jpg")
    assert (found.examples[0]["image"], found.boxes[0]["entities"]) == ("a.jpeg", [ENTITY])


@pytest.mark.parametrize(
    ("one", "name"),
    [
        (("Mira Park", 10, 20, 10, 40), "empty-box"),
        (("Mira Park", 30, 20, 10, 40), "empty-box"),
        (("Mira Park", 110, 20, 130, 40), "box-outside"),
        (("ORG", 10, 20, 30, 40), "class-name"),
    ],
)
def test_what_can_be_no_box_of_an_entity_is_refused_and_repair_leaves_it_out(tmp_path, one, name):
    raw = folder(tmp_path, f"IMGID:a.png\n{POST}and\tO\nAna\tB-PER\n", a=xml(one, ("Ana", 10, 20, 30, 40)))
    assert (refused(raw).name, refused(raw).where) == (name, "xml/a.xml: object 1")
    found = read(raw, violations="repair")
    assert [one["start"] for one in found.boxes[0]["entities"]] == [4]
    assert len(found.notes) == 1


@pytest.mark.parametrize(
    "content",
    [
        "no xml",
        "<html></html>",
        xml(PARK).replace("</annotation>", ""),
        xml(PARK).replace("<name>Mira Park</name>", ""),
        xml(PARK).replace("<xmin>10</xmin>", ""),
        xml(("Mira Park", "ten", 20, 30, 40)),
        xml(("Mira Park", "nan", 20, 30, 40)),
        xml(PARK, head='<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "b"><!ENTITY c "&a;&a;">]>'),
        xml(PARK, head='<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "b">]>').encode("utf-16"),
        xml(PARK, head='<?xml version="1.0" encoding="x-nowhere"?>'),
        xml(PARK) + " " * (16 * 2**20),
    ],
)
def test_what_is_no_annotation_is_named(tmp_path, content):
    raw = folder(tmp_path, a=content)
    error = refused(raw)
    assert error.name == "bad-xml"
    assert error.where.startswith("xml/a.xml")
    found = read(raw, violations="repair")
    assert found.boxes[0]["entities"] == []
    assert "left out by violations: repair, the first at xml/a.xml" in found.notes[0]


def test_bytes_of_another_encoding_in_a_path_spoil_no_file(tmp_path):
    content = xml(PARK).encode().replace(b"<size>", b"<path>D:\\\xb1\xea\xbc\xc7\\a.jpg</path><size>")
    assert read(folder(tmp_path, a=content)).boxes[0]["entities"] == [ENTITY]


@pytest.mark.parametrize(
    ("row", "name"),
    [
        (LINE | {"id": "train-9"}, "unknown-id"),
        (LINE | {"end": 2}, "no-such-entity"),
        (LINE | {"label": "PER"}, "other-label"),
        (LINE | {"boxes": [[0.1, 0.2, 0.1, 0.4]]}, "empty-box"),
        (LINE | {"boxes": [[10, 20, 30, 40]]}, "bad-boxes"),
        (LINE | {"boxes": [[0.1, 0.2, 0.3]]}, "bad-boxes"),
        (LINE | {"id": "dev-0"}, "box-without-image"),
        ({"id": "train-0"}, "bad-boxes"),
    ],
)
def test_a_line_that_fits_no_entity_is_named(tmp_path, row, name):
    error = refused(lines(tmp_path, row))
    assert (error.name, error.where) == (name, "boxes.jsonl:1")


def test_an_entity_has_one_line(tmp_path):
    assert refused(lines(tmp_path, LINE, LINE)).where == "boxes.jsonl:2"


def test_boxes_of_which_nothing_is_about_the_posts_are_refused(tmp_path):
    raw = folder(tmp_path / "xml", b=xml(PARK))
    assert "the first is b.xml" in refused(raw).what
    assert read(raw, limit=1).boxes[0]["entities"] == []  # of the posts that were left out
    (raw / "xml" / "b.xml").unlink()
    assert "no XML at all" in refused(raw).what
    detector = folder(tmp_path / "detector", a=xml(("person", 10, 20, 30, 40)))
    assert (refused(detector).name, refused(detector).where) == ("no-match", "xml/a.xml: object 1")
    assert refused(lines(tmp_path / "lines")).name == "no-match"


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo, lambda path: path.symlink_to(path.name)])
def test_what_is_no_file_where_an_xml_belongs_is_refused(tmp_path, make):
    raw = folder(tmp_path)
    make(raw / "xml" / "a.xml")
    assert refused(raw).name == "unreadable-boxes"


def test_boxes_that_are_not_there_or_lead_elsewhere_are_named(tmp_path):
    raw = lines(tmp_path / "raw", LINE)
    with pytest.raises(InputError, match="missing-boxes"):
        reader.read(raw, corpus(images="images", boxes="none.jsonl"))
    with pytest.raises(InputError, match=r"bad-params.*boxes: they are of images"):
        corpus(boxes="boxes.jsonl")
    (tmp_path / "elsewhere.xml").write_text(xml(PARK))
    (raw / "xml").mkdir()
    (raw / "xml" / "a.xml").symlink_to(tmp_path / "elsewhere.xml")
    assert refused(raw).name == "boxes-outside-folder"


def test_the_share_that_can_be_seen_is_counted_by_type(tmp_path):
    found = read(lines(tmp_path, LINE, train=f"IMGID:a.png\n{POST}and\tO\nAna\tB-PER\n"))
    entities, seen = gold_boxes.groundable(found.boxes, found.gold)
    assert (entities, seen) == ({"ORG": 3, "PER": 1}, {"ORG": 1, "PER": 0})
