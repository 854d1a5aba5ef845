"""The images of a corpus of one's own: which folder they are in, and that those which posts name are copied alone."""

import json
import os
import shutil
from pathlib import Path

import pytest

from mmner.base.errors import InputError
from mmner.corpus import split_files
from mmner.tools import own_corpus
from mmner.tools.own_corpus import images, importing
from mmner.tools.own_corpus.importing import Options
from mmner.tools.own_corpus.look import Found, Wanted
from tests.corpus.folder import picture

ROOT = Path(__file__).resolve().parents[2]
SPLITS = ("train", "dev", "test")


@pytest.fixture
def home(tmp_path):
    """A folder with the params.yaml that ships, and an empty one for files."""
    shutil.copy(ROOT / "params.yaml", tmp_path)
    (tmp_path / "given").mkdir()
    return tmp_path


def columns(path: Path, *names: str) -> None:
    """A column file with a post for each image."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"IMGID:{name}\nAt\tO\nMira\tB-PER\n\n" for name in names), encoding="utf-8")


def splits(folder: Path, *names: str) -> None:
    for split in SPLITS:
        columns(folder / f"{split}.txt", *names)


def new(home: Path, folder: str = "given", **wanted) -> Found:
    places = {"data": home / "data" / "raw", "file": home / "params.yaml"}
    return own_corpus.new("mine", home / folder, Wanted(language="en", tokenizer="words", **wanted), **places)[0]


def take(home: Path, source: Path, wanted: Wanted | None = None, **options) -> importing.Imported:
    places = {"data": home / "data" / "raw", "file": home / "params.yaml"}
    return importing.load("mine", source, wanted or Wanted(language="en"), Options(**options), **places)


def copied(home: Path) -> set[str]:
    mine = home / "data" / "raw" / "mine"
    return {path.relative_to(mine).as_posix() for path in mine.rglob("*") if path.is_file()}


def spanned(*names: str) -> str:
    span = {"start": 3, "end": 7, "label": "PER"}
    rows = [{"text": f"At Mira {at}", "spans": [span], "image": name} for at, name in enumerate(names)]
    return "".join(json.dumps(row) + "\n" for row in rows)


def named(home: Path, split: str = "train") -> list[str | None]:
    file = home / "data" / "raw" / "mine" / f"{split}.jsonl"
    return [post.image for post in split_files.read(file, file.name)]


def test_images_that_each_split_has_in_a_folder_of_its_own_are_not_mixed_up(home):
    for split in SPLITS:
        columns(home / "given" / split / f"{split}.txt", "0.png", "1.png")
        for name in ("0.png", "1.png"):
            picture(home / "given" / split / "images" / name)
    with pytest.raises(InputError, match=r"several-images.*dev/images.*test/images.*train/images") as caught:
        new(home)
    assert "--images" in caught.value.remedy
    assert not (home / "data").exists()
    for split in SPLITS:  # as the remedy says
        columns(home / "given" / split / f"{split}.txt", f"{split}/images/0.png", f"{split}/images/1.png")
    assert new(home).images == "."


def test_the_best_folder_of_one_split_that_another_has_more_of_is_not_taken(home):
    columns(home / "given" / "train.txt", "0.png", "1.png", "2.png")
    columns(home / "given" / "dev.txt", "8.png", "9.png")
    for name in ("a/0.png", "a/1.png", "a/2.png", "b/8.png", "b/9.png"):
        picture(home / "given" / name)
    with pytest.raises(InputError, match=r"several-images.*a \(3 of train\); b \(2 of dev\)"):
        new(home)
    for name in ("8.png", "9.png"):
        shutil.move(home / "given" / "b" / name, home / "given" / "a")
    picture(home / "given" / "b" / "1.png")  # a copy of some
    assert new(home).images == "a"


def test_beside_the_files_no_others_are_copied(home):
    given = home / "given"
    splits(given, "1", "c.d/2")
    for name in ("1.jpg", "c.d/2.png", "private.jpg", "holiday/1.jpg"):
        picture(given / name)
    for name, text in {"passwords.txt": "MM says hello", "notes": "BMW of mine"}.items():
        (given / name).write_text(text)
    (given / ".git").mkdir()
    shutil.copy(given / "1.jpg", given / ".git" / "ab")
    found = new(home, images=".")
    assert (found.images, found.image_suffix) == (".", ".jpg")
    assert copied(home) == {"train.txt", "dev.txt", "test.txt", "1.jpg", "c.d/2.png"}


@pytest.mark.parametrize(("folder", "inside"), [("data/raw", ""), ("data", "raw/")])
def test_the_folder_of_corpora_may_be_that_of_the_files(home, folder, inside):
    raw = home / "data" / "raw"
    picture(raw / "other" / "images" / "secret.jpg")
    picture(raw / "x.jpg")
    splits(raw, "x.jpg")
    new(home, folder)
    assert copied(home) == {f"{inside}{name}" for name in ("train.txt", "dev.txt", "test.txt", "x.jpg")}


def test_images_behind_the_limit_are_copied_too(home):
    splits(home / "given", "0.png", "1.png")
    for name in ("0.png", "1.png"):
        picture(home / "given" / "images" / name)
    assert new(home, limit=1).posts == {"train": 1, "dev": 1, "test": 1}
    assert {"images/0.png", "images/1.png"} < copied(home)


def test_files_and_images_may_be_in_one_folder_of_the_folder(home):
    splits(home / "given" / "data", "x")
    picture(home / "given" / "data" / "x.jpg")
    assert new(home).images == "data"
    assert copied(home) == {"data/train.txt", "data/dev.txt", "data/test.txt", "data/x.jpg"}


def test_a_link_to_nowhere_and_a_pipe_are_no_images(home):
    pictures = home / "given" / "images"
    splits(home / "given", "1", "2", "3")
    picture(pictures / "1.jpg")
    os.symlink("/nowhere/2.jpg", pictures / "2.jpg")
    os.mkfifo(pictures / "3.jpg")
    found = new(home)
    assert "6 of 9 images looked for are missing" in found.notes
    assert copied(home) == {"train.txt", "dev.txt", "test.txt", "images/1.jpg"}


@pytest.mark.parametrize("said", [None, "images"])
def test_an_image_folder_may_be_a_link(home, said):
    splits(home / "given", "1.jpg")
    picture(home / "disk" / "1.jpg")
    os.symlink(home / "disk", home / "given" / "images")
    os.symlink(home / "given", home / "given" / "images" / "round")
    assert new(home, images=said).images == "images"
    assert "images/1.jpg" in copied(home)


def test_a_folder_and_a_link_to_it_are_one(home):
    splits(home / "given", "1.jpg")
    picture(home / "given" / "pictures" / "1.jpg")
    os.symlink(home / "given" / "pictures", home / "given" / "images")
    assert new(home).images == "pictures"


@pytest.mark.parametrize("first", [501, 899])
def test_the_first_images_may_all_be_missing(home, first):
    columns(home / "given" / "train.txt", *map(str, range(900)))
    for split in ("dev", "test"):
        columns(home / "given" / f"{split}.txt", "0")
    for at in range(first, 900):
        picture(home / "given" / "images" / f"{at}.jpg", size=(1, 1))
    found = new(home)
    assert (found.images, found.image_suffix) == ("images", ".jpg")
    assert any(note.endswith("images looked for are missing") for note in found.notes)


def test_an_import_whose_first_images_are_missing_has_the_others(home):
    (home / "given.jsonl").write_text(spanned(*(f"{at}.jpg" for at in range(520))))
    picture(home / "pictures" / "519.jpg")
    done = take(home, home / "given.jsonl", Wanted(language="en", limit=1), images=home / "pictures")
    assert done.found.images == "images"
    assert [note for note in done.notes if "images" in note] == [
        f"images: 519 that posts name, such as 0.jpg, are not in {home / 'pictures'}"
    ]


@pytest.mark.parametrize(
    ("content", "suffix", "is_one"),
    [
        (b"MM says hello to all of you", "", False),
        (b"BMW of mine, and all of its parts", "", False),
        (b"II* is no TIFF here", "", False),
        (b"BM" + bytes(12) + b"\x28\0\0\0", "", True),
        (b"MM\0*\0\0\0\x08", "", True),
        (b"II*\0\x08\0\0\0", "", True),
        (b"\xff\xd8\xff\xe0", "", True),
        (b"RIFF\0\0\0\0WEBP", "", True),
        (b"", ".jfif", True),
    ],
)
def test_an_image_is_known_by_how_it_begins_or_is_called(tmp_path, content, suffix, is_one):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content)
    assert images.is_image(path) is is_one


SIGNED = "https://cdn.example.org/v/t39/7_n.jpg?" + "&".join(f"_nc_{at}={'x' * 30}" for at in range(9))


def test_a_long_address_of_an_image_is_its_file_or_none(home):
    (home / "given.jsonl").write_text(spanned(SIGNED, "https://cdn.example.org/8.jpg?a=b"))
    picture(home / "pictures" / "7_n.jpg")
    done = take(home, home / "given.jsonl", images=home / "pictures")
    assert named(home) == ["7_n.jpg", "8.jpg"]
    assert any(note.startswith("images: 1 that posts name, such as /8.jpg, are not in") for note in done.notes)


def test_a_long_address_without_its_file_is_missing(home):
    (home / "given.jsonl").write_text(spanned(SIGNED))
    take(home, home / "given.jsonl")
    assert named(home) == ["v/t39/7_n.jpg"]
    splits(home / "given", SIGNED, "1.jpg")
    picture(home / "given" / "images" / "1.jpg")
    shutil.rmtree(home / "data")
    shutil.copy(ROOT / "params.yaml", home)
    assert "3 of 6 images looked for are missing" in new(home).notes


def test_columns_that_are_cut_find_the_images_whose_suffix_they_leave_out(home):
    columns(home / "given" / "all.txt", "1", "2", "3")
    for name in ("1.jpg", "2.PNG", "3.jpg", "3.png"):  # which of the last two?
        picture(home / "pictures" / name)
    take(home, home / "given" / "all.txt", images=home / "pictures", shares=(1, 0, 0))
    assert named(home) == ["1.jpg", "2.PNG", "3"]
    assert {"images/1.jpg", "images/2.PNG"} == {one for one in copied(home) if one.startswith("images/")}


def test_images_lie_beside_the_file_that_names_them(home):
    for split in ("train", "test"):
        part = home / "given" / split
        picture(part / "0.png", size=(8, 8 if split == "train" else 9))
        (part / f"{split}.jsonl").write_text(spanned("0.png", "common/1.png"))
    picture(home / "given" / "common" / "1.png")
    take(home, home / "given")
    for split in ("train", "test"):
        assert named(home, split) == [f"{split}/0.png", "common/1.png"]
        original = home / "given" / split / "0.png"
        assert (home / "data" / "raw" / "mine" / "images" / split / "0.png").read_bytes() == original.read_bytes()


def test_columns_are_imported_with_a_linked_image_folder(home):
    splits(home / "given", "1.jpg")
    picture(home / "disk" / "1.jpg")
    os.symlink(home / "disk", home / "given" / "images")
    assert take(home, home / "given", images=home / "given" / "images").found.images == "images"


def test_no_image_of_another_post_is_taken_where_several_fit(home):
    (home / "given.jsonl").write_text(spanned("a/7", "b/8.jpg", "9.png"))
    for name in ("a/7.jpg", "a/7.png", "7.jpg", "b/8.jpg.png", "9.png"):
        picture(home / "pictures" / name)
    take(home, home / "given.jsonl", images=home / "pictures", shares=(1, 0, 0))
    assert [one for one in copied(home) if one.startswith("images/")] == ["images/9.png"]


def test_a_link_back_up_is_not_followed(home):
    splits(home / "given", "1.jpg")
    picture(home / "photos" / "1.jpg")
    os.symlink("..", home / "given" / "up")
    assert "read as text only" in " ".join(new(home).notes)
