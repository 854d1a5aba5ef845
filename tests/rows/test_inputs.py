"""What stages hand to backends."""

import pytest

from mmner.base.errors import InputError
from mmner.rows import inputs, parquet

ROW = {
    "domain": "town",
    "language": "en",
    "tokens": ["At", "Marlow"],
    "image": None,
    "image_sha256": None,
    "source": "train.txt:1",
    "error": None,
}


class Seeing:
    reads_image, uses = True, ("caption",)


def row(name, split="train", **changes):
    return ROW | {"id": name, "split": split} | changes


def test_the_index_counts_within_the_split_and_the_sentence_is_written_as_its_language_does():
    rows = [row("a"), row("b", "dev"), row("c", language="zh-Hans"), row("d", "dev")]
    built = list(inputs.build(rows, domain_cue="posts about a town"))
    assert [(item["split"], item["index"]) for item in built] == [("train", 0), ("dev", 0), ("train", 1), ("dev", 1)]
    assert [item["sentence"] for item in built] == ["At Marlow", "At Marlow", "AtMarlow", "At Marlow"]
    assert {item["domain_cue"] for item in built} == {"posts about a town"}


def test_a_backend_that_reads_images_skips_what_has_none_and_another_skips_nothing(tmp_path):
    rows = [row("a"), row("b", image="x.jpg", error="image missing: x.jpg"), row("c", image="y.jpg")]
    built = list(inputs.build(rows, tmp_path, "images", backend=Seeing()))
    assert [item["skip"] for item in built] == ["no image", "image missing: x.jpg", None]
    assert built[2]["image_path"] == str(tmp_path / "images" / "y.jpg")
    assert [item["skip"] for item in list(inputs.build(rows, tmp_path, "images"))] == [None] * 3


def test_an_image_outside_the_folder_is_an_error_here_too(tmp_path):
    with pytest.raises(InputError, match=r"train\.txt:1"):
        list(inputs.build([row("a", image="../x.jpg")], tmp_path, "images"))


def test_attached_columns_carry_their_error_to_backends_that_need_them(tmp_path):
    path = tmp_path / "captions.parquet"
    captions = [("a", "A photo.", None), ("b", None, "image empty: x.jpg"), ("c", None, None)]
    parquet.write(path, "captions", [dict(zip(("id", "caption", "error"), each, strict=True)) for each in captions])
    built = list(inputs.build([row("a"), row("b"), row("c")]))
    built = list(inputs.attached(built, path, "captions", "caption", backend=Seeing()))
    assert [item["skip"] for item in built] == [None, "image empty: x.jpg", "no captions"]
    free = list(inputs.build([row("a"), row("b"), row("c")]))
    free = list(inputs.attached(free, path, "captions", "caption"))
    assert [item["skip"] for item in free] == [None] * 3
    with pytest.raises(InputError) as caught:
        list(inputs.attached(inputs.build([row("a"), row("c"), row("b")]), path, "captions", "caption"))
    assert caught.value.name == "misaligned-artifacts"


def test_a_file_in_a_variant_counts_from_the_corpus_folder():
    assert inputs.absolute({"file": "captions.jsonl", "key": "image"}, "raw")["file"] == "raw/captions.jsonl"
    assert inputs.absolute({"backend": "tags"}, "raw") == {"backend": "tags"}


@pytest.mark.parametrize("file", ["/disk/captions.jsonl", "../other/captions.jsonl", "a/../../captions.jsonl"])
def test_a_file_that_leads_out_of_the_corpus_is_refused(file):
    with pytest.raises(InputError, match="copy it there") as caught:
        inputs.absolute({"file": file, "key": "image"}, "raw")
    assert caught.value.name == "outside-corpus"
