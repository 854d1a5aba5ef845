"""Lint counts gold boxes and names what is odd about them, where the stage would end at the first."""

from mmner.tools.lint import gold_boxes, report, statistics
from tests.corpus.folder import POST, corpus, picture
from tests.corpus.test_boxes import LINE, PARK, folder, lines, xml
from tests.fakes.tiny_models import roberta


def test_boxes_are_counted_by_split_and_oddities_named_by_kind(tmp_path):
    train = f"IMGID:a.png\n{POST}by\tO\nMira\tB-ORG\nPark\tI-ORG\n\nIMGID:b.png\nAna\tB-PER\n\nIMGID:c.png\nLi\tB-PER\n"
    raw = folder(
        tmp_path,
        train,
        a=xml(PARK, ("Mira", 0, 0, 9, 9), ("Mira Park", 90, 90, 120, 99)),
        b=xml(("Ana", 5, 5, 5, 9)),
        c=xml(("LI", 5, 5, 6, 9), ("Li", 5, 5, 6, 9)),
        d=xml(PARK),
    )
    picture(raw / "images" / "a.png", (100, 100))
    chosen = corpus(images="images", boxes="xml")
    counted = statistics.look(raw, chosen)[1]
    assert counted.entities["train"] == {"ORG": 2, "PER": 2}
    assert counted.seen["train"] == {"ORG": 2, "PER": 1}
    assert counted.boxes == {"train": 5, "dev": 0, "test": 0}
    assert gold_boxes.places(counted) == {
        "boxes that are refused": ["xml/b.xml: object 1 (empty-box)"],
        "boxes that reach out of the image": ["xml/a.xml: object 3"],
        "names of boxes that match no entity": ["xml/a.xml: object 2: Mira"],
        "names of boxes in other letters than the sentence's": ["xml/c.xml: object 1: LI (train.txt:12)"],
        "boxes that their entity has already": ["xml/c.xml: object 2"],
        "boxes of images without a file": ["image missing: c.png (train.txt:12)"],
        "entities that stand twice and share their boxes": ["Mira Park (train.txt:1)"],
        "files of boxes that no post's image has": ["d.xml"],
    }
    text = report.report("mine", chosen, raw, str(roberta(tmp_path / "encoder")))
    assert [line.split()[-3:] for line in text.splitlines() if line.startswith("entities with a box")] == [
        ["3", "0", "0"]
    ]
    assert "75.0%" in text
    assert "boxes that are refused, 1: xml/b.xml: object 1 (empty-box)" in text
    assert report.refusal(chosen, raw).name == "empty-box"


def test_a_split_without_a_post_has_its_column_too(tmp_path):
    raw = lines(tmp_path, LINE, LINE | {"id": "test-0"})
    (raw / "dev.txt").write_text("")
    (raw / "test.txt").write_text(f"IMGID:a.png\n{POST}")
    chosen = corpus(images="images", boxes="boxes.jsonl")
    counted = statistics.look(raw, chosen)[1]
    assert counted.boxes == {"train": 1, "dev": 0, "test": 1}
    text = report.report("mine", chosen, raw, str(roberta(tmp_path / "encoder")))
    shown = {line[: report.WIDTH].strip(): line[report.WIDTH :].split() for line in text.splitlines()}
    assert shown["entities with a box"] == shown["boxes"] == ["1", "0", "1"]
    assert shown["share of all"] == ["100.0%", "0.0%", "100.0%"]


def test_lines_are_counted_as_files_are(tmp_path):
    counted = statistics.look(lines(tmp_path, LINE), corpus(images="images", boxes="boxes.jsonl"))[1]
    assert counted.seen["train"] == {"ORG": 1}
    assert list(gold_boxes.places(counted)) == ["boxes of images without a file"]


def test_a_corpus_without_boxes_has_no_line_about_them(tmp_path):
    raw = lines(tmp_path)
    assert statistics.look(raw, corpus(images="images"))[1] is None
    lines_of = report.report("mine", corpus(images="images"), raw, str(roberta(tmp_path / "encoder"))).splitlines()
    assert not [line for line in lines_of if line.startswith(("entities with", "boxes"))]
