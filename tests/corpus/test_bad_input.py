"""Every kind of bad corpus has an error of its own, with its place and a remedy."""

import json
import os
import shutil
from pathlib import Path

import pytest

from mmner.base import params
from mmner.base.errors import InputError
from mmner.corpus import reader
from mmner.corpus.params import load
from tests.corpus.folder import MAPPING, POST, corpus, picture, write

BAD_FILES = {  # content of train.txt -> the error's name and place
    "unknown-tag": (POST + "\nAna\tB-DOG\n", "train.txt:5"),
    "unknown-tag lower case": ("Ana\tb-PER\n", "train.txt:1"),
    "tokens-tags-mismatch": ("At\tO\nMira\n", "train.txt:2"),
    "tokens-tags-mismatch no token": ("At\tO\n\tO\n", "train.txt:2"),
    "iob-violation at the start": ("Ana\tI-PER\n", "train.txt:1"),
    "iob-violation after O": ("At\tO\nAna\tI-PER\n", "train.txt:2"),
    "iob-violation after another label": ("Mira\tB-ORG\nAna\tI-PER\n", "train.txt:2"),
    "duplicate-id": (f"ID:a\n{POST}\nID:a\n{POST}", "train.txt:6"),
    "duplicate-id as the reader gives": (f"{POST}\nID:train-0\n{POST}", "train.txt:5"),
    "empty-post": (f"IMGID:a\n\n{POST}", "train.txt:1"),
    "repeated-header": (f"IMGID:a\nIMGID:b\n{POST}", "train.txt:2"),
    "empty-header": (f"IMGID:\n{POST}", "train.txt:1"),
    "not-utf8": (POST.encode() + b"caf\xe9\tO\n", "train.txt:4"),
}
BAD_OBJECTS = {
    "bad-json": '{"tokens": ["At"]',
    "bad-json list": '["At"]',
    "bad-post unknown key": json.dumps({"tokens": ["At"], "tags": ["O"], "img": "a.jpg"}),
    "bad-post missing key": json.dumps({"tokens": ["At"]}),
    "bad-post empty token": json.dumps({"tokens": [""], "tags": ["O"]}),
    "bad-post image": json.dumps({"tokens": ["At"], "tags": ["O"], "image": 7}),
    "tokens-tags-mismatch": json.dumps({"tokens": ["At"], "tags": ["O", "O"]}),
    "empty-post": json.dumps({"tokens": [], "tags": []}),
    "unknown-tag": json.dumps({"tokens": ["Ana"], "tags": ["B-DOG"]}),
}


def failure(folder: Path, **changes) -> InputError:
    with pytest.raises(InputError) as caught:
        reader.read(folder, corpus(**changes))
    assert caught.value.remedy
    return caught.value


@pytest.mark.parametrize("case", BAD_FILES)
def test_bad_column_files_are_named_with_their_line(tmp_path, case):
    content, where = BAD_FILES[case]
    error = failure(write(tmp_path, train=content))
    assert (error.name, error.where) == (case.split(" ")[0], where)


@pytest.mark.parametrize("case", BAD_OBJECTS)
def test_bad_jsonl_files_are_named_with_their_line(tmp_path, case):
    good = json.dumps({"tokens": ["At"], "tags": ["O"]})
    folder = write(tmp_path, train=f"{good}\n{BAD_OBJECTS[case]}\n", dev=good, test=good, suffix="jsonl")
    error = failure(folder, splits={split: f"{split}.jsonl" for split in ("train", "dev", "test")})
    assert (error.name, error.where) == (case.split(" ")[0], "train.jsonl:2")


@pytest.mark.parametrize("content", ["", "\n\n", "\ufeff", "-DOCSTART-\tO\n"])
def test_a_split_without_posts_is_an_error(tmp_path, content):
    error = failure(write(tmp_path, dev=content))
    assert error.name == "empty-split"
    assert error.where.endswith("dev.txt")


def test_a_missing_folder_or_file_is_an_error(tmp_path):
    assert failure(tmp_path / "nowhere").name == "missing-corpus"
    write(tmp_path)
    (tmp_path / "test.txt").unlink()
    error = failure(tmp_path)
    assert error.name == "missing-split"
    assert error.where.endswith("test.txt")


def test_what_is_no_file_is_an_error_and_is_not_waited_for(tmp_path):
    for number, make in enumerate(
        [os.mkfifo, os.mkdir, lambda path: path.symlink_to(path), lambda path: path.symlink_to("/dev/zero")]
    ):
        folder = write(tmp_path / str(number))
        (folder / "dev.txt").unlink()
        make(folder / "dev.txt")
        error = failure(folder)
        assert (error.name, error.what) == ("missing-split", "no file to be read from")
        assert error.where.endswith("dev.txt")


def test_an_image_folder_that_is_a_link_out_is_an_error(tmp_path):
    write(tmp_path / "mine", train=f"IMGID:a.png\n{POST}")
    picture(tmp_path / "disk" / "a.png")
    (tmp_path / "mine" / "images").symlink_to(tmp_path / "disk")
    error = failure(tmp_path / "mine", images="images")
    assert error.name == "images-outside-corpus"
    (tmp_path / "mine" / "images").unlink()
    shutil.copytree(tmp_path / "disk", tmp_path / "mine" / "images")  # as the remedy says
    assert reader.read(tmp_path / "mine", corpus(images="images")).examples[0]["error"] is None
    for nowhere in ("images2", "gone"):
        (tmp_path / "mine" / "images2").symlink_to(nowhere)
        assert failure(tmp_path / "mine", images="images2").what == "a link that leads nowhere"
        (tmp_path / "mine" / "images2").unlink()
    (tmp_path / "linked").symlink_to(tmp_path / "mine")
    assert reader.read(tmp_path / "linked", corpus(images="images")).examples[0]["error"] is None


@pytest.mark.parametrize(
    "path", ["/disk/x", "../x", "a/../../x", "..", "", " ", "C:/x", "a\\x", "a\0", "a\nb", "\ud800"], ids=ascii
)
def test_paths_that_lead_out_of_the_corpus_or_nowhere_are_refused(path):
    for changes in ({"images": path}, {"splits": MAPPING["splits"] | {"dev": path}}):
        with pytest.raises(InputError, match="is no path within the corpus's folder") as caught:
            corpus(**changes)
        assert caught.value.name == "bad-params"


def test_paths_within_the_corpus_are_taken():
    for path in ("images", "a/b c", "./images", "故宫 séance", "..images", "a..b"):
        assert corpus(images=path).images == path


@pytest.mark.parametrize(
    ("changes", "advice"),
    [
        ({"labels": {"default": "a type"}}, "name it by label_names, such as {default: default_type}"),
        ({"labels": {"O": "a type"}}, "name it by label_names"),
        ({"labels": {"Creative Work": "a work"}}, "{Creative Work: Creative_Work}"),
        ({"labels": {"a\0": "a type"}}, "half a character"),
        ({"labels": {False: "Norway"}}, "put it in quotes"),
        ({"labels": {1: "one"}}, "put it in quotes"),
        ({"labels": {None: "nothing"}}, "put it in quotes"),
        ({"domain": None}, "put it in quotes"),
        ({"domain": "\ud800"}, "half a character"),
        ({"scheme": "iob"}, "'iob2', 'iob1', 'bioes', 'bilou', 'bmes' or 'io'"),
    ],
    ids=ascii,
)
def test_params_that_no_artifact_could_hold_say_what_to_write(changes, advice):
    with pytest.raises(InputError) as caught:
        corpus(**changes)
    assert advice in caught.value.what


def test_a_type_called_default_has_another_name_here(tmp_path):
    changes = {"labels": {"default_type": "a type"}, "label_names": {"default": "default_type"}}
    content = "Mira\tB-default\n"
    found = reader.read(write(tmp_path, train=content, dev=content, test=content), corpus(**changes))
    assert [row["tags"] for row in found.gold] == [["B-default_type"]] * 3


def test_the_error_of_a_repeated_id_names_both_places(tmp_path):
    error = failure(write(tmp_path, train=f"ID:a\n{POST}", dev=f"ID:a\n{POST}"))
    assert error.where == "dev.txt:1"
    assert "train.txt:1" in error.what


def test_most_keys_of_a_corpus_have_defaults():
    needed = {"splits": {"train": "train.txt"}, "language": "en", "labels": {"PER": "a person"}}
    corpus = load({"corpora": {"mine": needed}}, "mine")
    assert (corpus.images, corpus.image_suffix, corpus.domain, corpus.domain_cue) == (None, "", "", "")
    assert (corpus.violations, corpus.max_failed, corpus.max_pixels, corpus.limit) == ("error", 0.1, 50_000_000, None)
    assert corpus.splits.files() == {"train": "train.txt"}


@pytest.mark.parametrize("key", ["splits", "language", "labels"])
def test_a_corpus_needs_files_a_language_and_labels(key):
    mapping = {name: value for name, value in MAPPING.items() if name != key}
    with pytest.raises(InputError, match=f"{key}: missing key") as caught:
        load({"corpora": {"mine": mapping}}, "mine")
    assert caught.value.where == "params.yaml: corpora.mine"


@pytest.mark.parametrize(
    "changes",
    [
        {"langauge": "en"},
        {"max_failed": 1.5},
        {"max_failed": "0.1"},
        {"max_pixels": 0},
        {"violations": "ignore"},
        {"labels": {}},
        {"labels": {"two words": "no label"}},
        {"label_names": {"OTHER": "MISC"}},
        {"splits": {}},
        {"limit": 0},
        {"splits": {"train": "a", "dev": "b", "test": "c", "more": "d"}},
    ],
    ids=str,
)
def test_a_wrong_parameter_is_named(changes):
    with pytest.raises(InputError) as caught:
        load({"corpora": {"mine": MAPPING | changes}}, "mine")
    assert caught.value.name == "bad-params"
    assert next(iter(changes)) in caught.value.what


def test_an_unknown_corpus_names_those_there_are():
    with pytest.raises(InputError, match="sample") as caught:
        load({"corpora": {"sample": MAPPING}}, "smaple")
    assert caught.value.name == "unknown-entry"


def test_the_sample_of_the_shipped_params_is_valid():
    root = Path(__file__).resolve().parents[2]
    assert load(params.load(root / "params.yaml"), "sample").domain == "town"
