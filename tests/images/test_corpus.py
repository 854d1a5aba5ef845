"""A copy of a corpus with images' names: every line that is not such a name stays as it was."""

import hashlib
import json
import shutil

import pytest
from PIL import Image

from mmner.base.errors import InputError
from mmner.corpus import reader
from mmner.corpus.params import Corpus, Splits
from mmner.images import illustrated_corpus

TRAIN = """-DOCSTART- O

At\tO
Mira\tB-ORG


ID:second
IMGID:old.png
IMGID: O
Park B-ORG
"""
DEV = {"tokens": ["Ōsaka"], "tags": ["B-ORG"], "id": "d"}


class Nothing:
    """A backend whose shelf is a folder."""

    def __init__(self, folder):
        self.folder, self.image_store, self.restored = folder, self, []

    def restore(self, row):
        self.restored.append(row["id"])

    def copy(self, name, folder):
        shutil.copyfile(self.folder / name, folder / name)


def described(**changes) -> Corpus:
    values = {
        "splits": Splits(train="a/train.txt", dev="dev.jsonl", test="test.txt"),
        "images": "pictures",
        "image_suffix": "",
        "language": "en",
        "domain": "town",
        "domain_cue": "posts",
        "labels": {"ORG": "an organisation"},
        "violations": "error",
        "max_failed": 1.0,
        "max_pixels": 10_000,
    }
    return Corpus(**values | changes)


@pytest.fixture
def raw(tmp_path):
    folder = tmp_path / "raw"
    (folder / "a").mkdir(parents=True)
    (folder / "a" / "train.txt").write_text(TRAIN, encoding="utf-8")
    (folder / "dev.jsonl").write_text(json.dumps(DEV) + "\n" + json.dumps(DEV | {"id": "e", "image": "no.png"}))
    (folder / "test.txt").write_bytes(b"\xef\xbb\xbfIMGID:kept.PNG\r\nMira B-ORG\r\n")
    (folder / "pictures").mkdir()
    Image.new("RGB", (3, 2), "red").save(folder / "pictures" / "kept.PNG")
    return folder


def test_posts_get_their_images_and_keep_the_rest(raw, tmp_path):
    source, out, shelf = described(), tmp_path / "new", tmp_path / "shelf"
    shelf.mkdir()
    Image.new("RGB", (3, 2), "blue").save(shelf / "blue.png")
    before = reader.read(raw, source)
    found = {"train-0": "blue.png", "d": "blue.png"}
    rows = [{"id": row["id"], "image": found.get(row["id"])} for row in before.examples]
    backend = Nothing(shelf)
    illustrated_corpus.write(raw, source, before.examples, rows, backend, out)
    after = reader.read(out, described(images="images"))
    assert after.gold == before.gold
    assert [row["tokens"] for row in after.examples] == [row["tokens"] for row in before.examples]
    kept = hashlib.sha256((raw / "pictures" / "kept.PNG").read_bytes()).hexdigest() + ".png"
    images = {"train-0": "blue.png", "second": None, "d": "blue.png", "e": None, "test-0": kept}
    assert {row["id"]: row["image"] for row in after.examples} == images
    assert [row["error"] for row in after.examples] == [None] * 5
    assert {path.name for path in (out / "images").iterdir()} == {"blue.png", kept}
    assert backend.restored == ["train-0", "d"]
    without = "".join(line for line in TRAIN.splitlines(keepends=True) if line != "IMGID:old.png\n")
    assert (out / "a" / "train.txt").read_text(encoding="utf-8").replace("IMGID:blue.png\n", "") == without


def everything(**changes) -> dict:
    mine, new = described().model_dump(), described(images="images").model_dump()
    return {
        "corpora": {"mine": mine, "new": new | changes},
        "images": {"new": {"corpus": "mine", "preparation": "p", "backend": "mediawiki"}},
        "preparations": {"p": {"corpus": "mine"}, "q": {"corpus": "new"}},
    }


def test_an_entry_names_its_corpus_and_how_images_are_found():
    source, variant = illustrated_corpus.source_and_variant(everything(), "new")
    assert source == described()
    assert variant == {"backend": "mediawiki"}


@pytest.mark.parametrize(
    "changes",
    [
        {"images": None},
        {"image_suffix": ".jpg"},
        {"remote": "private"},
        {"splits": {**vars(Splits(train="x.txt", dev="dev.jsonl", test="test.txt"))}},
    ],
)
def test_an_entry_that_does_not_fit_what_is_written_is_refused(changes):
    with pytest.raises(InputError, match=rf"corpora.new: {next(iter(changes))} should be"):
        illustrated_corpus.source_and_variant(everything(**changes), "new")


def test_a_preparation_of_another_corpus_and_a_missing_key_are_refused():
    params = everything()
    params["images"]["new"]["preparation"] = "q"
    with pytest.raises(InputError, match="q is no preparation of mine"):
        illustrated_corpus.source_and_variant(params, "new")
    del params["images"]["new"]["corpus"]
    with pytest.raises(InputError, match="no corpus"):
        illustrated_corpus.source_and_variant(params, "new")


def test_images_found_for_a_corpus_that_may_not_be_shared_are_not_shared_either():
    params = everything(remote="private")
    params["corpora"]["mine"]["remote"] = "private"
    with pytest.raises(InputError, match="images.new: remote is null, and that of corpora.mine is private"):
        illustrated_corpus.source_and_variant(params, "new")
    params["images"]["new"]["remote"] = "private"
    assert illustrated_corpus.source_and_variant(params, "new")[1] == {"backend": "mediawiki"}


ODD = {
    "comments around headers": "# sent_id = 1\nID:1\n# x y\nIMGID:old.png\nMira B-ORG\n\n# sent_id = 2\nPark B-ORG\n",
    "images alone between posts": "IMGID:old.png\nMira B-ORG\nIMGID:older.png\nPark B-ORG\n",
    "images with tags": "IMGID:old.png\tO\nMira\tB-ORG\nIMGID:older.png\tO\nPark\tB-ORG\n",
    "column names": "Token\tTag\nMira\tB-ORG\n\nPark\tB-ORG\n",
    "line ends of an old Macintosh": "IMGID:old.png\rMira B-ORG\r\rPark B-ORG\r",
    "UTF-16": "IMGID:old.png\nMira B-ORG\n\nPark B-ORG\n".encode("utf-16"),
    "a document mark below an image": "IMGID:old.png\n-DOCSTART- O\nMira B-ORG\n\nPark B-ORG\n",
    "a JSON array in one line": '[{"tokens": ["Mira"], "tags": ["B-ORG"]}, {"tokens": ["Park"], "tags": ["B-ORG"]}]',
    "JSON over lines": '{"tokens":\n["Mira"], "tags": ["B-ORG"]}\n{"tokens": ["Park"],\n"tags": ["B-ORG"]}',
    "JSON with a document mark": '{"tokens": ["-DOCSTART-"], "tags": ["O"]}\n{"tokens": ["Mira"], "tags": ["B-ORG"]}\n'
    '{"tokens": ["Park"], "tags": ["B-ORG"], "image": "old.png"}',
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_file_gets_images_and_keeps_the_rest(tmp_path, name):
    raw, out, shelf = tmp_path / "raw", tmp_path / "new", tmp_path / "shelf"
    shelf.mkdir()
    raw.mkdir()
    Image.new("RGB", (3, 2), "blue").save(shelf / "blue.png")
    files = {split: f"{split}.txt" for split in ("train", "dev", "test")}
    for split, file in files.items():
        content = ODD[name] if isinstance(ODD[name], bytes) else ODD[name].replace("ID:1\n", f"ID:{split}\n").encode()
        (raw / file).write_bytes(content)
    source = described(splits=Splits(**files), images="images")
    before = reader.read(raw, source)
    assert [row["tokens"] for row in before.examples] == [["Mira"], ["Park"]] * 3
    rows = [{"id": row["id"], "image": "blue.png" if row["tokens"] == ["Mira"] else None} for row in before.examples]
    illustrated_corpus.write(raw, source, before.examples, rows, Nothing(shelf), out)
    after = reader.read(out, described(splits=Splits(**files), images="images"))
    assert after.gold == before.gold
    assert [row["image"] for row in after.examples] == ["blue.png", None] * 3
    assert not any(row["error"] for row in after.examples)
