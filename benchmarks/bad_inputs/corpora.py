"""Bad files of a corpus, in columns and in JSON, through stage examples and `corpus lint` and `corpus new`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.bad_inputs import files
from benchmarks.bad_inputs.attempt import Case
from benchmarks.bad_inputs.project import stage, write_params

GOOD = "At\tO\nMira\tB-ORG\nPark\tI-ORG\n\nAna\tB-PER\nplays\tO\n"
COLUMNS: dict[str, bytes | str] = {
    "a NUL": "At\tO\nMi\0ra\tB-ORG\n",
    "zeros alone": b"\0" * 5000,
    "UTF-16 without a mark": GOOD.encode("utf-16-le"),
    "latin-1": "Jos\xe9\tB-PER\n".encode("latin-1"),
    "half a character": b"\xed\xa0\x80\tB-PER\n",
    "one line of 10 MB": "x" * 10_000_000 + "\tO\n",
    "one line of 10 MB, no tag": "x" * 10_000_000,
    "one post of 200,000 tokens": "a\tO\n" * 200_000 + "Ana\tB-PER\n",
    "no tag": "At\nMira\n",
    "an empty token": "At\tO\n\tB-ORG\n",
    "a blank token": "At\tO\n \tB-ORG\n",
    "a token of zero width": "At\tO\n\u200b\tB-ORG\n",
    "an empty tag": "At\tO\nMira\t\n",
    "a tag of the prefix alone": "At\tO\nMira\tB-\n",
    "an unknown label": "Mira\tB-XYZ\n",
    "an unknown prefix": "Mira\tQ-ORG\n",
    "I- at the start": "Mira\tI-ORG\n",
    "blank lines alone": "\n\n \n\t\n\n",
    "one byte": "x",
    "a mark alone": b"\xef\xbb\xbf",
    "a header alone": "IMGID:a.jpg\n",
    "an image's name alone": "IMGID:\nAna\tB-PER\n",
    "an image outside": "IMGID:../../../etc/passwd\nAna\tB-PER\n",
    "an absolute image": "IMGID:/etc/passwd\nAna\tB-PER\n",
    "an image with a NUL": "IMGID:a\0b\nAna\tB-PER\n",
    "an image's name of 5,000 letters": f"IMGID:{'x' * 5000}\nAna\tB-PER\n",
    "more columns in one line": "At\tO\nMira\tx\ty\tB-ORG\n",
    "an id twice": "ID:a\nAna\tB-PER\n\nID:a\nAna\tB-PER\n",
    "mixed line ends": "At\tO\rMira\tB-ORG\nPark\tI-ORG\n",
    "a conflict of git": "<<<<<<< HEAD\nAt\tO\n=======\nAt\tB-ORG\n>>>>>>> other\n",
    "a PNG": b"\x89PNG\r\n\x1a\n" + b"\0" * 100,
    "gzip": b"\x1f\x8b\x08" + b"\0" * 100,
    "a ZIP": b"PK\x03\x04" + b"\0" * 100,
    "HTML": "<!DOCTYPE html><html><body>Not found</body></html>",
    "a pickle": b"\x80\x04\x95\x0c\0\0\0",
    "SQLite": b"SQLite format 3\0" + b"\0" * 100,
    "a PDF": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
}
ROW = {"tokens": ["Ana", "plays"], "tags": ["B-PER", "O"]}
ANY: dict[str, object] = {
    **{"null": None, "a number": 7, "a fraction": 1.5, "true": True, "a text": "x", "an empty text": "", "-1": -1},
    **{"a list": [], "a list of null": [None], "a list of lists": [["x"]], "a dict": {}, "a list of dicts": [{"a": 1}]},
    **{"half a character": "\ud800", "a NUL": "a\0b", "a list of blanks": [" "], "a list of empties": [""]},
    **{"10^30": 10**30, "half a character in a list": ["\ud800", "\udfff"]},
}
LINES: dict[str, str] = {
    "not JSON": "{",
    "an array of texts": '["a"]',
    "a number": "3",
    "null": "null",
    "NaN": '{"tokens": [NaN], "tags": ["O"]}',
    "a number of 6,000 digits": '{"tokens": ["a"], "tags": ["B-PER"], "id": ' + "9" * 6000 + "}",
    "100,000 brackets": "[" * 100_000,
    "100,000 objects": '{"tokens": ' * 100_000,
    "a key twice": '{"tokens": ["Ana"], "tags": ["B-PER"], "tags": ["O"]}',
    "no tokens": '{"tags": ["O"]}',
    "no tags": '{"tokens": ["a"]}',
    "more tags": '{"tokens": ["Ana"], "tags": ["B-PER", "O"]}',
    "an unknown key": '{"tokens": ["Ana"], "tags": ["B-PER"], "colour": 1}',
    "two objects in a line": json.dumps(ROW) + json.dumps(ROW),
    "cut off": json.dumps(ROW)[:-5],
    "an array that is not closed": "[" + json.dumps(ROW) + ",",
    "single quotes": "{'tokens': ['Ana'], 'tags': ['B-PER']}",
    "an id twice": "\n".join([json.dumps(ROW | {"id": "a"})] * 2),
}
FINE = {  # why a file that looks odd is read
    "one line of 10 MB": "a token may have any length",
    "one post of 200,000 tokens": "a post may have any length; windows read it",
    "a token of zero width": "tweets have such; lint counts them",
    "two objects in a line": "each is a post",
    **{f"{key}=null": "it may lack" for key in ("id", "image", "domain")},
    **{f"{key}=a text": "free text" for key in ("id", "domain")},
    "id=a number": "ids of digits are texts",
}


def _write(folder: Path, file: str, content: bytes | str) -> None:
    place = folder / "data/raw/tiny" / file
    place.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))


def spoil_split(folder: Path, params: dict, file: str, content: bytes | str) -> None:
    _write(folder, file, content)
    params = json.loads(json.dumps(params))
    params["corpora"]["tiny"]["splits"] = {"train": file, "dev": "dev.txt", "test": "test.txt"}
    write_params(folder, params)


def corpora(content: dict, base: Path) -> Iterator[Case]:
    commands = (stage("examples"), "-m mmner corpus lint tiny", "-m mmner doctor --preparation tiny")
    for name, text in COLUMNS.items():
        yield _case(f"columns: {name}", partial(spoil_split, params=content, file="train.txt", content=text), commands)
    for name, text in LINES.items():
        yield _case(f"jsonl: {name}", partial(spoil_split, params=content, file="train.jsonl", content=text), commands)
    for key in ("tokens", "tags", "id", "image", "domain"):
        for name, value in ANY.items():
            text = json.dumps(ROW | {key: value}) + "\n" + json.dumps(ROW | {"tokens": ["b", "c"]})
            spoil = partial(spoil_split, params=content, file="train.jsonl", content=text)
            yield _case(f"jsonl: {key}={name}", spoil, commands)
    for kind, damage in files.SPECIAL.items():
        for file in ("train.txt", "dev.txt", "test.txt"):
            spoil = partial(_special, file=file, damage=damage)
            yield _case(f"columns: {file} is {kind}", spoil, commands)
    for kind, damage in files.DAMAGE.items():
        spoil = partial(_image, damage=damage)
        yield Case("corpora", f"an image is {kind}", spoil, commands[:1], rows=True)
    for kind in ("FIFO", "folder", "link to itself", "missing"):
        yield _case(f"the image folder is {kind}", partial(_folder, damage=files.SPECIAL[kind]), commands)
    for name, text in COLUMNS.items():
        spoil = partial(_own, content=text)
        yield _case(f"corpus new: {name}", spoil, ("-m mmner corpus new own mine",))


def _case(name: str, spoil, commands: tuple[str, ...]) -> Case:
    """A case of a file; what counts is that the stage refuses it."""
    return Case("corpora", name, spoil, commands, FINE.get(name.partition(": ")[2], ""), rows="image" in name)


def _special(folder: Path, file: str, damage: files.Damage) -> None:
    damage(folder / "data/raw/tiny" / file)


def _image(folder: Path, damage: files.Damage) -> None:
    damage(min((folder / "data/raw/tiny/images").iterdir()))


def _folder(folder: Path, damage: files.Damage) -> None:
    (folder / "data/raw/tiny/images").rename(folder / "data/raw/tiny/moved")
    if damage is not files.SPECIAL["missing"]:
        damage(folder / "data/raw/tiny/images")


def _own(folder: Path, content: bytes | str) -> None:
    (folder / "mine").mkdir()
    for split in ("train", "dev", "test"):
        (folder / "mine" / f"{split}.txt").write_text(GOOD)
    (folder / "mine/train.txt").write_bytes(
        content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
    )
