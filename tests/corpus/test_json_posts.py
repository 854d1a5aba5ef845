"""JSONL corpora."""

import json

from mmner.corpus import reader
from tests.corpus.folder import POST, corpus, write

SPLITS = {split: f"{split}.jsonl" for split in ("train", "dev", "test")}


def test_a_jsonl_corpus_reads_as_its_column_files(tmp_path):
    row = json.dumps({"tokens": ["At", "Mira", "Park"], "tags": ["O", "B-ORG", "I-ORG"]})
    lines = reader.read(write(tmp_path / "a", row, row + "\r\n", "\ufeff" + row, suffix="jsonl"), corpus(splits=SPLITS))
    columns = reader.read(write(tmp_path / "b", POST), corpus())
    strip = [{key: value for key, value in row.items() if key != "source"} for row in lines.examples]
    assert strip == [{key: value for key, value in row.items() if key != "source"} for row in columns.examples]
    assert lines.gold == columns.gold


def test_a_row_may_bring_its_id_image_and_domain(tmp_path):
    row = {"tokens": ["At"], "tags": ["O"]}
    own = row | {"id": "a7", "image": "a", "domain": "harbour"}
    train = "\n\n".join(map(json.dumps, (own, row | {"id": None, "image": None, "domain": None})))
    folder = write(tmp_path, train, json.dumps(row), json.dumps(row), suffix="jsonl")
    first, second, *_ = reader.read(folder, corpus(splits=SPLITS, images="images", image_suffix=".jpg")).examples
    assert (first["id"], first["image"], first["domain"]) == ("a7", "a.jpg", "harbour")
    assert (second["id"], second["image"], second["domain"]) == ("train-1", None, "town")
    assert second["source"] == "train.jsonl:3"
