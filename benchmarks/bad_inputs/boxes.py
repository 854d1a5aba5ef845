"""Bad gold boxes, Pascal VOC XML and JSON Lines, through stage examples and `corpus lint`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from benchmarks.bad_inputs import box_files, files
from benchmarks.bad_inputs.attempt import Case
from benchmarks.bad_inputs.box_files import Post
from benchmarks.bad_inputs.corpora import ANY
from benchmarks.bad_inputs.project import stage, write_params

STAGE = (stage("examples"),)
BOTH = (*STAGE, "-m mmner corpus lint tiny")
REPAIRED = "violations: repair leaves it out, and says so"
PLACES = {  # what the corpus's entry may name as boxes
    "nothing that is there": "none",
    "a file of another kind": "train.txt",
    "the image folder": "images",
    "an image": None,
    "one XML file": None,
    "outside": "../outside",
    "absolute": "/etc",
    "an empty text": "",
    "a number": 7,
    "a list": ["xml"],
    "a NUL": "a\0b",
    "a name of 5,000 letters": "x" * 5000,
    "the corpus's folder": ".",
}


def boxes(content: dict, base: Path) -> Iterator[Case]:
    """Contents of an XML file, of lines, files that are none, and places that hold no boxes."""
    post = _first(base / "project/data/raw/tiny")
    for name, (text, why) in box_files.annotations(post).items():
        spoil = partial(_xml, params=content, post=post, text=text)
        yield Case("boxes", f"xml: {name}", spoil, BOTH, why)
        repaired = partial(_xml, params=content, post=post, text=text, violations="repair")
        yield Case("boxes", f"xml, repair: {name}", repaired, STAGE, REPAIRED)
    for name, why in box_files.WITHOUT_IMAGE.items():
        text, _ = box_files.annotations(post)[name]
        spoil = partial(_xml, params=content, post=post, text=text, without_image=True)
        yield Case("boxes", f"xml, no image: {name}", spoil, STAGE, why)
    for name, (text, why) in box_files.lines(post).items():
        yield Case("boxes", f"lines: {name}", partial(_lines, params=content, text=text), BOTH, why)
    for key in ("id", "start", "end", "boxes", "label", "colour"):
        for name, value in ANY.items():
            text = json.dumps(box_files.line(post) | {key: value})
            why = (
                "it may lack" if (key, value) == ("label", None) else "no box" if (key, value) == ("boxes", []) else ""
            )
            yield Case("boxes", f"lines: {key}={name}", partial(_lines, params=content, text=text), STAGE, why)
    yield from _special(content, post)
    for name, place in PLACES.items():
        place = place or {"an image": f"images/{post.image}", "one XML file": f"xml/{post.image}.xml"}.get(name, "")
        yield Case("boxes", f"boxes: {name}", partial(_named, params=content, post=post, place=place), BOTH)


def _special(content: dict, post: Post) -> Iterator[Case]:
    """Folders, pipes, links and damaged bytes where files belong, and the other way."""
    good = box_files.annotation(post).encode()
    unseen = {"missing": "an image without a file has no box"}
    for kind, damage in files.DAMAGE.items():
        after = partial(_damaged, file=f"xml/{post.image}.xml", damage=damage)
        spoil = partial(_xml, params=content, post=post, text=good, then=after)
        yield Case("boxes", f"the XML file is {kind}", spoil, BOTH, unseen.get(kind, ""))
        after = partial(_damaged, file="boxes.jsonl", damage=damage)
        text = json.dumps(box_files.line(post))
        spoil = partial(_lines, params=content, text=text, then=after)
        yield Case("boxes", f"the file of lines is {kind}", spoil, BOTH)
    for kind, damage in files.SPECIAL.items():
        after = partial(_damaged, file="xml", damage=damage)
        spoil = partial(_xml, params=content, post=post, text=good, then=after)
        yield Case("boxes", f"the folder of XML is {kind}", spoil, BOTH)
    for kind, move in box_files.MOVES.items():
        spoil = partial(_xml, params=content, post=post, text=good, then=partial(move, post=post))
        yield Case("boxes", f"the folder of XML: {kind}", spoil, BOTH, box_files.MEANT_MOVES.get(kind, ""))


def _first(raw: Path) -> Post:
    """The first post of train with an image that is there and an entity."""
    from PIL import Image

    for number, text in enumerate(re.split(r"\n\n+", (raw / "train.txt").read_text().strip())):
        image = re.search(r"^IMGID:(\S+)", text, re.M)
        rows = [line.split("\t") for line in text.splitlines() if "\t" in line]
        tags = [tag for _, tag in rows]
        start = next((at for at, tag in enumerate(tags) if tag.startswith("B-")), None)
        if image and (raw / "images" / image[1]).is_file() and start is not None:
            try:
                with Image.open(raw / "images" / image[1]) as opened:
                    size = opened.size
            except OSError:  # the sample has broken ones
                continue
            end = next((at for at in range(start + 1, len(tags)) if not tags[at].startswith("I-")), len(tags))
            tokens = [token for token, _ in rows]
            return Post(f"train-{number}", image[1], size, tokens[start:end], start, end, tags[start][2:])
    raise ValueError(f"{raw}: no post with an image and an entity")


def _entry(folder: Path, params: dict, place: object, violations: str = "error") -> None:
    params = json.loads(json.dumps(params))
    params["corpora"]["tiny"] |= {"boxes": place, "violations": violations, "max_failed": 1.0}
    write_params(folder, params)


def _xml(
    folder: Path,
    params: dict,
    post: Post,
    text: bytes | str,
    violations: str = "error",
    without_image: bool = False,
    then: Callable[[Path], object] | None = None,
) -> None:
    """The annotation of the post's image is `text`."""
    raw = folder / "data/raw/tiny"
    (raw / "xml").mkdir()
    content = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    (raw / "xml" / f"{post.image}.xml").write_bytes(content)
    if without_image:
        (raw / "images" / post.image).unlink()
    _entry(folder, params, "xml", violations)
    if then:
        then(raw)


def _lines(folder: Path, params: dict, text: bytes | str, then: Callable[[Path], object] | None = None) -> None:
    raw = folder / "data/raw/tiny"
    content = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    (raw / "boxes.jsonl").write_bytes(content)
    _entry(folder, params, "boxes.jsonl")
    if then:
        then(raw)


def _named(folder: Path, params: dict, post: Post, place: object) -> None:
    _xml(folder, params, post, box_files.annotation(post))
    _entry(folder, params, place)


def _damaged(raw: Path, file: str, damage: files.Damage) -> None:
    if (raw / file).is_dir():
        (raw / file).rename(raw / "moved")
        if damage in (files.SPECIAL["missing"], files.SPECIAL["folder"]):  # gone, or empty
            (raw / file).mkdir() if damage is files.SPECIAL["folder"] else None
            return
    damage(raw / file)
