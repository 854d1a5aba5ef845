"""Backends that read what somebody already made."""

import json
import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mmner.base import params
from mmner.base.errors import InputError
from mmner.rows import compute, contract, parquet
from mmner.rows.store import Store

BOX = {"x0": 0.1, "y0": 0.2, "x1": 0.5, "y1": 0.9}
ITEMS = [
    {"id": "train-0", "split": "train", "index": 0, "image": "a.jpg", "tokens": ["At", "Mira", "Park"]},
    {"id": "dev-0", "split": "dev", "index": 0, "image": "b.jpg", "tokens": ["Ana"]},
    {"id": "dev-1", "split": "dev", "index": 1, "image": None, "tokens": ["Li"]},
]
ITEMS = [item | {"language": "en", "skip": None} for item in ITEMS]
CAPTIONS = [{"image": "a.jpg", "caption": "a park"}, {"image": "b.jpg", "caption": "a woman"}]
CHAINS = [
    {"split": "train", "index": 0, "chain": "Mira Park is a place", "image": "a.jpg"},
    {"split": "valid", "index": 0, "chain": "Ana is a person", "image": "b.jpg"},
    {"split": "valid", "index": 1, "chain": "Li is a person"},
]
BY_INDEX = {"key": "index", "splits": {"valid": "dev"}}


def jsonl(tmp_path, rows_):
    path = tmp_path / "file.jsonl"
    path.write_text("\n".join(map(json.dumps, rows_)), encoding="utf-8")
    return path


def backend(name, path, **mapping):
    mapping = {"backend": "precomputed", "file": str(path)} | mapping
    return params.backend("section", "mine", mapping, {"precomputed": f"mmner.rows.precomputed:{name}"})


def failure(name, path, **mapping) -> InputError:
    with pytest.raises(InputError) as caught:
        backend(name, path, **mapping)(ITEMS)
    assert caught.value.remedy
    return caught.value


def test_captions_by_image_and_a_post_without_image_has_none(tmp_path):
    results = backend("Captions", jsonl(tmp_path, CAPTIONS), key="image")(ITEMS)
    assert [result.value for result in results] == [{"caption": "a park"}, {"caption": "a woman"}, None]
    assert results[2].error == contract.NO_IMAGE


def test_chains_by_split_and_index_whose_split_has_another_name(tmp_path):
    results = backend("Chains", jsonl(tmp_path, CHAINS), **BY_INDEX)(ITEMS)
    assert results[1].value == {"steps": [{"name": "reasoning", "text": "Ana is a person"}]}
    assert [result.error for result in results] == [None] * 3


def test_chains_may_come_as_steps_and_rows_by_id(tmp_path):
    steps = [{"name": "entities", "text": "one"}, {"name": "types", "text": "two"}]
    path = jsonl(tmp_path, [{"id": item["id"], "steps": steps} for item in ITEMS])
    assert backend("Chains", path, key="id")(ITEMS)[2].value == {"steps": steps}


@pytest.mark.parametrize(
    ("name", "column", "given", "value"),
    [
        ("Candidates", "spans", [{"start": 1, "end": 3}], [{"start": 1, "end": 3, "text": "Mira Park", "score": 1.0}]),
        ("Expressions", "expressions", ["a park"], ["a park"]),
        (
            "Regions",
            "regions",
            [{"expression": "a park", "label": "park", "score": 0.5, "box": BOX}],
            [{"expression": "a park", "label": "park", "score": 0.5, "box": BOX}],
        ),
    ],
)
def test_other_artifacts_come_the_same_way_and_fit_their_schema(tmp_path, name, column, given, value):
    path = jsonl(tmp_path, [{"image": "a.jpg", column: given}])
    engine = backend(name, path, key="image")
    assert engine(ITEMS[:1])[0].value == {column: value}
    out = tmp_path / "out.parquet"
    compute.write(name.lower(), out, ITEMS[:1], engine, {column: []}, store=Store(tmp_path / "s"))
    assert len(parquet.read(out, name.lower())) == 1


def test_a_parquet_file_says_the_same_as_a_jsonl_file(tmp_path):
    pq.write_table(pa.Table.from_pylist(CHAINS), tmp_path / "file.parquet")
    by_parquet = backend("Chains", tmp_path / "file.parquet", **BY_INDEX)(ITEMS)
    assert by_parquet == backend("Chains", jsonl(tmp_path, CHAINS), **BY_INDEX)(ITEMS)


def test_a_null_says_that_there_is_no_answer(tmp_path):
    path = jsonl(
        tmp_path, [{"image": "a.jpg", "caption": None}, {"image": "b.jpg", "caption": None, "error": "blurred"}]
    )
    results = backend("Captions", path, key="image")(ITEMS)
    assert [result.error for result in results] == ["precomputed caption is null", "blurred", contract.NO_IMAGE]


def test_batches_give_what_single_items_give(tmp_path):
    engine = backend("Chains", jsonl(tmp_path, CHAINS), **BY_INDEX)
    assert engine(ITEMS) == [engine([item])[0] for item in ITEMS]


def test_an_answer_is_as_new_as_its_file_wherever_that_lies(tmp_path):
    one = jsonl(tmp_path, CAPTIONS)
    same = tmp_path / "same.jsonl"
    same.write_bytes(one.read_bytes())
    other = tmp_path / "other.jsonl"
    other.write_bytes(one.read_bytes() + b"\n")
    first, moved, changed = (backend("Captions", path, key="image").identity() for path in (one, same, other))
    assert first == moved != changed
    assert str(tmp_path) not in json.dumps(first)


def test_rows_that_no_example_needs_and_blank_lines_are_left_alone(tmp_path):
    path = jsonl(tmp_path, [*CAPTIONS, {"image": "other.jpg", "caption": "x", "more": 1}])
    path.write_text("\ufeff" + path.read_text(encoding="utf-8").replace("\n", "\r\n\r\n"), encoding="utf-8", newline="")
    assert backend("Captions", path, key="image")(ITEMS)[0].value == {"caption": "a park"}


def boxes(*ends):
    """A row for each of the first images, its one region's box ending at `ends`."""
    boxed = [{"expression": "x", "label": "x", "score": 1, "box": BOX | {"x1": end}} for end in ends]
    return [{"image": row["image"], "regions": [region]} for row, region in zip(CAPTIONS, boxed, strict=True)]


def spans(*ends):
    """A row for each item, its one span reaching from 0 to `ends`."""
    keys = [{key: item[key] for key in ("split", "index")} for item in ITEMS]
    return [row | {"spans": [{"start": 0, "end": end}]} for row, end in zip(keys, ends, strict=True)]


BAD = {  # error: (backend, rows, params, line)
    "missing-rows": ("Captions", CAPTIONS[:1], {"key": "image"}, None),
    "repeated-row": ("Captions", [*CAPTIONS, CAPTIONS[0]], {"key": "image"}, 3),
    "repeated-row by split": ("Chains", [*CHAINS, CHAINS[1] | {"split": "dev"}], BY_INDEX, 4),
    "unknown-split": ("Chains", CHAINS, {"key": "index"}, 2),
    "misplaced-row": ("Chains", [CHAINS[0] | {"image": "b.jpg"}, *CHAINS[1:]], BY_INDEX, 1),
    "bad-row no key": ("Captions", [*CAPTIONS, {"caption": "x"}], {"key": "image"}, 3),
    "bad-row no answer": ("Captions", [*CAPTIONS, {"image": "c.jpg", "text": "x"}], {"key": "image"}, 3),
    "bad-row two answers": ("Chains", [CHAINS[0] | {"steps": []}, *CHAINS[1:]], BY_INDEX, 1),
    "bad-row type": ("Captions", [CAPTIONS[0] | {"caption": 7}, CAPTIONS[1]], {"key": "image"}, 1),
    "bad-row span": ("Candidates", spans(1, 2, 2), {"key": "index"}, 2),
    "bad-row no span": ("Candidates", spans(1, 0, 1), {"key": "index"}, 2),
    "bad-row box": ("Regions", boxes(0.5, 1.5), {"key": "image"}, 2),
    "bad-row pixels": ("Regions", boxes(0.5, 320), {"key": "image"}, 2),
    "bad-row score": (
        "Candidates",
        [row | {"spans": [row["spans"][0] | {"score": float("nan")}]} for row in spans(1, 1, 1)],
        {"key": "index"},
        1,
    ),
    "bad-row no score": (
        "Candidates",
        [row | {"spans": [row["spans"][0] | {"score": 10**30}]} for row in spans(1, 1, 1)],
        {"key": "index"},
        1,
    ),
    "bad-row text of blanks": (
        "Candidates",
        [row | {"spans": [row["spans"][0] | {"text": " "}]} for row in spans(1, 1, 1)],
        {"key": "index"},
        1,
    ),
    "bad-row error": ("Captions", [CAPTIONS[0], CAPTIONS[1] | {"caption": None, "error": {}}], {"key": "image"}, 2),
    "bad-row listed image": ("Captions", [CAPTIONS[0] | {"image": ["a.jpg"]}, CAPTIONS[1]], {"key": "image"}, 1),
    "bad-row listed id": ("Captions", [{"id": ["train-0"], "caption": "x"}], {"key": "id"}, 1),
    "bad-row index in words": ("Chains", [CHAINS[0] | {"index": "0"}, *CHAINS[1:]], BY_INDEX, 1),
    "bad-json half a character": ("Captions", [CAPTIONS[0], CAPTIONS[1] | {"caption": "\ud800"}], {"key": "image"}, 2),
    "bad-row empty box": ("Regions", boxes(0.5, 0.1), {"key": "image"}, 2),
}


def test_an_id_of_digits_may_be_a_number_in_the_file(tmp_path):
    path = jsonl(tmp_path, [{"id": 17, "caption": "a park"}, {"id": "18", "caption": "a woman"}])
    items = [ITEMS[0] | {"id": "17"}, ITEMS[1] | {"id": "18"}]
    assert [result.value["caption"] for result in backend("Captions", path, key="id")(items)] == ["a park", "a woman"]
    assert failure("Captions", path, key="id").name == "missing-rows"


def test_a_box_keeps_what_rounding_did_within_the_image(tmp_path):
    results = backend("Regions", jsonl(tmp_path, boxes(1.0000001, 0.9)), key="image")(ITEMS[:2])
    assert [result.value["regions"][0]["box"]["x1"] for result in results] == [1.0, 0.9]


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_named_with_its_line(tmp_path, case):
    name, content, mapping, line = BAD[case]
    path = jsonl(tmp_path, content)
    error = failure(name, path, **mapping)
    assert error.name == case.split(" ")[0]
    assert error.where == (f"{path}:{line}" if line else str(path))


def test_a_bad_row_of_a_parquet_file_is_named_with_its_number(tmp_path):
    path = tmp_path / "file.parquet"
    pq.write_table(pa.Table.from_pylist([*CAPTIONS, CAPTIONS[1]]), path)
    error = failure("Captions", path, key="image")
    assert (error.name, error.where) == ("repeated-row", f"{path}: row 2")


def test_files_that_cannot_be_read_are_named(tmp_path):
    path = tmp_path / "file.jsonl"
    assert failure("Captions", path, key="image").name == "missing-file"
    os.mkfifo(path)
    assert failure("Captions", path, key="image").what == "no file to be read from"
    path.unlink()
    path.write_text('{"image": "a.jpg"', encoding="utf-8")
    error = failure("Captions", path, key="image")
    assert (error.name, error.where) == ("bad-json", f"{path}:1")
    path.write_bytes(b'{"image": "a.jpg", "caption": "caf\xe9"}')
    assert failure("Captions", path, key="image").name == "not-utf8"
    path.rename(tmp_path / "file.parquet")
    assert failure("Captions", tmp_path / "file.parquet", key="image").name == "not-parquet"


def test_a_parquet_file_whose_pages_are_damaged_is_named(tmp_path):
    path = tmp_path / "file.parquet"
    pq.write_table(pa.Table.from_pylist(CAPTIONS), path, compression="none")
    content = bytearray(path.read_bytes())
    content[4:40] = bytes(255 - byte for byte in content[4:40])
    path.write_bytes(content)
    error = failure("Captions", path, key="image")
    assert (error.name, error.where) == ("not-parquet", str(path))


@pytest.mark.parametrize(
    "mapping", [{}, {"key": "name"}, {"key": "image", "splits": {"valid": "validation"}}, {"key": "image", "x": 1}]
)
def test_wrong_parameters_are_named(tmp_path, mapping):
    assert failure("Captions", jsonl(tmp_path, CAPTIONS), **mapping).name == "bad-params"


def test_a_file_that_misses_rows_leaves_nothing_written(tmp_path):
    engine = backend("Captions", jsonl(tmp_path, CAPTIONS[:1]), key="image")
    with pytest.raises(InputError):
        compute.write("captions", tmp_path / "out" / "captions.parquet", ITEMS, engine, {}, store=Store(tmp_path / "s"))
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize("text", ["", " "])
def test_an_empty_caption_or_chain_is_none_as_null_is(tmp_path, text):
    results = backend("Captions", jsonl(tmp_path, [CAPTIONS[0] | {"caption": text}, CAPTIONS[1]]), key="image")(ITEMS)
    assert (results[0].value, results[0].error) == (None, "precomputed caption is empty")
    results = backend("Chains", jsonl(tmp_path, [CHAINS[0] | {"chain": text}, *CHAINS[1:]]), **BY_INDEX)(ITEMS)
    assert (results[0].value, results[0].error) == (None, "precomputed chain is empty")


@pytest.mark.parametrize(
    ("name", "column", "content"),
    [("Expressions", "expressions", [""]), ("Chains", "steps", [{"name": "entities", "text": ""}])],
)
def test_an_empty_text_in_a_list_is_an_error_with_its_place(tmp_path, name, column, content):
    rows_ = [{"id": item["id"], column: content} for item in ITEMS]
    error = failure(name, jsonl(tmp_path, rows_), key="id")
    assert (error.name, error.where.endswith("file.jsonl:1"), f"{column}.0" in error.what) == ("bad-row", True, True)
