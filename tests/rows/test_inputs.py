"""What stages hand to backends."""

import copy

import pytest

from mmner.base.errors import InputError
from mmner.rows import command, inputs, parquet
from mmner.rows.contract import Backend
from mmner.rows.stages import STAGES, Input

ROW = {
    "domain": "town",
    "language": "en",
    "tokens": ["At", "Marlow"],
    "image": None,
    "image_sha256": None,
    "source": "train.txt:1",
    "error": None,
}


CAPTION = Input("captions", "caption", "caption", required=True)


class Seeing(Backend):
    reads_image, uses = True, ("caption",)


class Blind(Backend):
    pass


SEEING, BLIND = Seeing(Seeing.Params()), Blind(Blind.Params())


def row(name, split="train", **changes):
    return ROW | {"id": name, "split": split} | changes


def test_the_index_counts_within_the_split_and_the_sentence_is_written_as_its_language_does():
    rows = [row("a"), row("b", "dev"), row("c", language="zh-Hans"), row("d", "dev")]
    built = list(inputs.build(rows, BLIND, domain_cue="posts about a town"))
    assert [(item["split"], item["index"]) for item in built] == [("train", 0), ("dev", 0), ("train", 1), ("dev", 1)]
    assert [item["sentence"] for item in built] == ["At Marlow", "At Marlow", "AtMarlow", "At Marlow"]
    assert {item["domain_cue"] for item in built} == {"posts about a town"}


def test_a_backend_that_reads_images_skips_what_has_none_and_another_skips_nothing(tmp_path):
    rows = [row("a"), row("b", image="x.jpg", error="image missing: x.jpg"), row("c", image="y.jpg")]
    built = list(inputs.build(rows, SEEING, tmp_path / "images"))
    assert [item["skip"] for item in built] == ["no image", "image missing: x.jpg", None]
    assert built[2]["image_path"] == str(tmp_path / "images" / "y.jpg")
    assert [item["skip"] for item in inputs.build(rows, BLIND, tmp_path / "images")] == [None] * 3


def test_an_image_outside_the_folder_is_an_error_here_too(tmp_path):
    with pytest.raises(InputError, match=r"train\.txt:1"):
        list(inputs.build([row("a", image="../x.jpg")], BLIND, tmp_path / "images"))


def test_joined_columns_carry_their_error_to_backends_that_need_them(tmp_path):
    path = tmp_path / "captions.parquet"
    captions = [("a", "A photo.", None), ("b", None, "image empty: x.jpg"), ("c", None, None)]
    parquet.write(path, "captions", [dict(zip(("id", "caption", "error"), each, strict=True)) for each in captions])
    items = list(inputs.build([row("a"), row("b"), row("c")], BLIND))
    before = copy.deepcopy(items)
    built = list(inputs.join_column(items, CAPTION, path, SEEING))
    assert items == before  # nobody writes into a caller's items
    assert [item["skip"] for item in built] == [None, "image empty: x.jpg", "no captions"]
    free = list(inputs.join_column(items, CAPTION, path, BLIND))
    assert [item["skip"] for item in free] == [None] * 3
    with pytest.raises(InputError) as caught:
        list(inputs.join_column(inputs.build([row("a"), row("c"), row("b")], BLIND), CAPTION, path, BLIND))
    assert caught.value.name == "misaligned-artifacts"


def test_rows_in_memory_make_the_items_that_files_make(tmp_path):
    rows = [row("a"), row("b", image="x.jpg", image_sha256="5f")]
    captions = [{"id": "a", "caption": "A photo.", "error": None}, {"id": "b", "caption": None, "error": "broken"}]
    parquet.write(tmp_path / "examples.parquet", "examples", rows)
    parquet.write(tmp_path / "captions.parquet", "captions", captions)
    files = {name: tmp_path / f"{name}.parquet" for name in ("examples", "captions")}
    stage = STAGES["expressions"]
    there = inputs.Inputs(stage, SEEING, files)
    here = inputs.Inputs(stage, SEEING, {"examples": rows, "captions": captions})
    assert len(there) == len(here) == 2
    assert list(there) == list(here) == list(here)
    assert [item["caption"] for item in here] == ["A photo.", None]


def test_a_file_in_a_variant_counts_from_the_corpus_folder():
    assert command.resolve_file({"file": "captions.jsonl", "key": "image"}, "raw")["file"] == "raw/captions.jsonl"
    assert command.resolve_file({"backend": "tags"}, "raw") == {"backend": "tags"}


@pytest.mark.parametrize("file", ["/disk/captions.jsonl", "../other/captions.jsonl", "a/../../captions.jsonl"])
def test_a_file_that_leads_out_of_the_corpus_is_refused(file):
    with pytest.raises(InputError, match="copy it there") as caught:
        command.resolve_file({"file": file, "key": "image"}, "raw")
    assert caught.value.name == "outside-corpus"
