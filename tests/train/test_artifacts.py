"""Artifacts that agree in their ids and not in their content: one named error with the file, its row and the stage."""

import pytest

from mmner.base.errors import InputError
from mmner.model.params import Switches
from mmner.rows import parquet
from mmner.train import data
from mmner.train.run import train
from tests.train.preparation import BARE, places, prepare, run, training

VECTOR = [0.5, -1.0, 2.0, 0.25]
SEES = BARE | {"global": True, "regions": True}
SPAN = {"start": 0, "end": 1, "text": "fern", "score": 0.5}
FACT = {"candidate": "fern", "title": "Fern", "summary": "A plant.", "url": "Fern", "page": None, "revision": None}
FACT |= {"relevance": 0.5, "kept": True}


@pytest.fixture
def prepared(tmp_path):
    """A preparation whose first 20 posts have an image, and two regions each."""
    folder = prepare(tmp_path / "prepared" / "mine")
    ids = [row["id"] for row in parquet.read(folder / "examples.parquet", "examples")]
    seen = {"image": VECTOR, "regions": [VECTOR, VECTOR], "patches": None, "error": None}
    unseen = {"image": None, "regions": None, "patches": None, "error": "no image"}
    rows = [{"id": name, **(seen if number < 20 else unseen)} for number, name in enumerate(ids)]
    parquet.write(folder / "features.parquet", "features", rows)
    return folder


def change(folder, name: str, number: int, **columns) -> None:
    path = folder / f"{name}.parquet"
    rows = parquet.read(path, name)
    rows[number] |= columns
    labels = {"labels": " ".join(parquet.labels(path))} if name == "gold" else None
    with parquet.Writer(path, name, labels) as file:  # as they are: nothing is rounded
        file.write(rows)


ODD = {
    "image narrow": ("features", {"image": VECTOR[:3]}, "image has a vector of 3 numbers, most images have 4"),
    "image empty": ("features", {"image": []}, "image has a vector of 0 numbers, most images have 4"),
    "image NaN": ("features", {"image": [float("nan"), *VECTOR[1:]]}, "image has a vector with a number that is none"),
    "image infinite": ("features", {"image": [*VECTOR[1:], float("inf")]}, "image has a vector with a number"),
    "image null within": ("features", {"image": [None, *VECTOR[1:]]}, "image has a vector with a number that is none"),
    "region wide": ("features", {"regions": [VECTOR, [*VECTOR, 1.0]]}, "regions has a vector of 5 numbers"),
    "region empty": ("features", {"regions": [VECTOR, []]}, "regions has a vector of 0 numbers"),
    "region null": ("features", {"regions": [None]}, "regions has a vector of 0 numbers"),
    "tokens null": ("examples", {"tokens": None}, "tokens is None, which no stage writes"),
    "tokens empty": ("examples", {"tokens": []}, r"tokens is \[\], which no stage writes"),
    "split": ("examples", {"split": "valid"}, "split is 'valid', which no stage writes"),
    "gold short": ("gold", {"tags": ["O"]}, "1 tags of 3 tokens"),
    "gold as written short": ("gold", {"as_written": ["O"]}, "1 tags of 3 tokens"),
    "gold of another label": ("gold", {"tags": ["B-LOC"] * 3}, "tag B-LOC is of none of the labels PER, ORG"),
    "gold no tag": ("gold", {"tags": ["odd"] * 3}, "tag odd is of none of the labels"),
    "gold null within": ("gold", {"tags": [None] * 3}, "which no stage writes"),
    "span null": ("candidates", {"spans": [SPAN, None]}, "which no stage writes"),
    "span without text": ("candidates", {"spans": [SPAN | {"text": None}]}, "which no stage writes"),
    "fact null": ("knowledge", {"facts": [None]}, "which no stage writes"),
    "fact without summary": ("knowledge", {"facts": [FACT | {"summary": None}]}, "which no stage writes"),
    "step without text": ("chains", {"steps": [{"name": "a", "text": None}]}, "which no stage writes"),
}


@pytest.mark.parametrize("kind", ODD)
def test_what_no_stage_writes_is_named_with_file_row_and_stage(kind, prepared, tmp_path, own_store, tiny_encoder):
    name, columns, what = ODD[kind]
    change(prepared, name, 3, **columns)
    about = run(switches=SEES), training({"encoder": str(tiny_encoder), "heads": 2})
    with pytest.raises(InputError, match=what) as caught:
        train(*about, "tweets", places(tmp_path, prepared))
    assert caught.value.where == f"{prepared}/{name}.parquet: row 3"
    stage = "examples" if name == "gold" else name
    assert caught.value.remedy.startswith(f"make it with `dvc repro {stage}@mine`")


def test_the_first_row_may_be_the_odd_one_and_a_fact_has_no_page(prepared):
    change(prepared, "knowledge", 0, facts=[FACT])
    data.read(prepared, Switches.model_validate(SEES))
    change(prepared, "features", 0, image=VECTOR[:1])
    with pytest.raises(
        InputError, match="features.parquet: row 0: image has a vector of 1 numbers, most images have 4"
    ):
        data.read(prepared, Switches.model_validate(SEES))


def test_what_a_run_does_not_use_is_not_looked_at(prepared):
    change(prepared, "features", 3, regions=[VECTOR[:1]], patches=[[]])
    seen = data.read(prepared, Switches.model_validate(SEES | {"regions": False}))
    assert (seen.visual_width, seen.visual[3].regions.shape) == (4, (0, 4))
    data.read(prepared, Switches.model_validate(BARE))


@pytest.mark.parametrize("labels", [{}, {"labels": ""}, {b"labels": b"\xff\xfe"}])
def test_gold_without_its_labels_is_named(prepared, labels):
    rows = parquet.read(prepared / "gold.parquet", "gold")
    parquet.write(prepared / "gold.parquet", "gold", rows, labels)
    with pytest.raises(InputError, match=r"gold carries no label inventory[\s\S]*dvc repro examples@mine"):
        data.read(prepared, Switches.model_validate(BARE))
