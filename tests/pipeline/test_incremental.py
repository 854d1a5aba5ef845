"""A stage computes the rows that are new, and no other: backend calls counted in the real stages."""

import re

import pytest

from mmner.rows import parquet
from tests.pipeline.project import ROWS

pytestmark = pytest.mark.slow

ALL = ("chains@sample", "features@sample")
TEACHERLESS = {"captions", "expressions", "regions", "features"}  # no stage before them learns from gold


@pytest.fixture
def project(prepared, tmp_path):
    return prepared.copy(tmp_path / "project")


def test_the_first_time_every_row_is_asked_for_once(prepared):
    assert set(prepared.made) == set(ROWS)
    assert prepared.made["candidates"] == prepared.made["knowledge"] == prepared.made["chains"] == 16
    assert all(prepared.made[stage] == 10 for stage in TEACHERLESS)  # 5 of 16 posts have no image, and one is empty


def test_of_a_grown_corpus_the_new_posts_are_computed_and_what_the_taggers_now_see_otherwise(project):
    before = _asks(project)
    project.add_post("train", "Ada met the mayor by the river")
    project.add_post("test", "Bob sells bread in town")
    made = project.make(*ALL)
    after = _asks(project)
    assert {stage: made[stage] for stage in TEACHERLESS} == dict.fromkeys(TEACHERLESS, 2)
    assert made["candidates"] > 2  # a post more in train teaches most taggers anew
    assert made["knowledge"] == len(after["knowledge"] - before["knowledge"]) < made["candidates"]
    assert made["chains"] == len(after["chains"] - before["chains"]) < made["candidates"]


def _asks(project) -> dict[str, set]:
    """All that knowledge and chains may read of each example: no score is in it."""
    names = ("examples", "captions", "candidates", "knowledge")
    found = parquet.read_aligned(project.folder / "data/prepared/sample", names)
    asks = {"knowledge": set(), "chains": set()}
    for example, caption, candidates, knowledge in zip(*(found[name] for name in names), strict=True):
        sentence = " ".join(example["tokens"])
        spans = tuple((span["start"], span["end"], span["text"]) for span in candidates["spans"])
        kept = [fact for fact in knowledge["facts"] if fact["kept"]]
        facts = tuple((fact["candidate"], fact["title"], fact["summary"]) for fact in kept)
        asks["knowledge"].add((sentence, tuple(dict.fromkeys(text for *_, text in spans))))
        asks["chains"].add((sentence, caption["caption"], spans, facts))
    return asks


def test_another_label_in_gold_asks_nobody_who_does_not_learn_from_it(project):
    train = project.folder / "data/raw/tiny/train.txt"
    text = train.read_text(encoding="utf-8")
    entity = re.search(r"\tB-(PER|LOC|ORG)\n(?!\S+\tI-)", text)
    train.write_text(f"{text[: entity.start()]}\tO\n{text[entity.end() :]}", encoding="utf-8")
    boxes, post = train.parent / "boxes.jsonl", f'"train-{text[: entity.start()].count(chr(10) * 2)}"'
    others = [line for line in boxes.read_text(encoding="utf-8").splitlines(keepends=True) if post not in line]
    boxes.write_text("".join(others), encoding="utf-8")  # none of the entity that is none now
    made = project.make("candidates@sample", "features@sample")
    assert made["candidates"] > 0
    assert not any(made.get(stage) for stage in TEACHERLESS)


def test_a_renamed_image_asks_nobody(project):
    corpus = project.folder / "data/raw/tiny"
    train = corpus / "train.txt"
    text = train.read_text(encoding="utf-8")
    name = next(name for name in re.findall(r"IMGID:(\S+)", text) if (corpus / "images" / name).is_file())
    (corpus / "images" / name).rename(corpus / "images" / "renamed.jpg")
    train.write_text(text.replace(name, "renamed.jpg"), encoding="utf-8")
    made = project.make(*ALL)
    assert "captions" in made
    assert not any(made.values())


def test_an_earlier_value_of_a_parameter_asks_nobody(project):
    captions = project.params["captions"]["tags"]
    first = captions["max_words"]
    for value, asked in ((2, 10), (first, 0), (2, 0)):
        captions["max_words"] = value
        project.write_params()
        made = project.make("expressions@sample")
        assert made.get("captions", 0) == asked
        assert asked or not any(made.values())
    assert project.stored("captions") == 20
