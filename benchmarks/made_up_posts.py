"""Made-up posts, and what the stages say of them: as many as are asked for, each with texts of its own.

Numbers in texts have seven digits, so that a text of the millionth post is as long as one of the first.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator
from pathlib import Path

IMAGES = 50  # which posts share
PLACES = ("harbour", "market", "bridge", "school", "river", "museum", "station", "garden", "theatre", "square")
THINGS = ("violin", "umbrella", "red car", "wooden boat", "street lamp", "brass band", "coffee cup", "brown dog")
OTHERS = 2  # posts of dev and test


def images(raw: Path) -> list[str]:
    """Make the sample's archive and IMAGES images in `raw`; the digests of these."""
    from PIL import Image

    from mmner import sample

    sample.write(raw)
    draw, digests = random.Random(0), []
    for number in range(IMAGES):
        file = raw / "images" / f"made-{number}.png"
        Image.effect_noise((96, 96), draw.uniform(20, 120)).convert("RGB").save(file)
        digests.append(hashlib.sha256(file.read_bytes()).hexdigest())
    return digests


def write_corpus(raw: Path, rows: int) -> None:
    """Write split files of `rows` posts to `raw`, and candidates.jsonl, as somebody else may have it."""
    sizes = {"train": rows - 2 * OTHERS, "dev": OTHERS, "test": OTHERS}
    number = 0
    for split, size in sizes.items():
        with (raw / f"{split}.txt").open("w", encoding="utf-8") as file:
            for _ in range(size):
                tagged = zip(_tokens(number), _tags(number), strict=True)
                lines = "".join(f"{token}\t{tag}\n" for token, tag in tagged)
                file.write(f"IMGID:made-{number % IMAGES}.png\n{lines}\n")
                number += 1
    with (raw / "candidates.jsonl").open("w", encoding="utf-8") as file:
        for row in _rows(_candidates, rows):
            file.write(json.dumps({"id": row["id"], "spans": row["spans"]}) + "\n")


def write_artifacts(prepared: Path, digests: list[str], rows: int) -> None:
    """Write the artifacts that the stages read, of `rows` rows."""
    from benchmarks.known_rows import parts
    from mmner.rows import parquet

    makers = {"captions": _captions, "candidates": _candidates, "knowledge": _knowledge}
    makers |= {"expressions": _expressions, "regions": _regions}
    makers |= {"examples": lambda number: _examples(number, digests), "gold": _gold}
    for name, make in makers.items():
        with parquet.Writer(prepared / f"{name}.parquet", name) as file:
            for part in parts(_rows(make, rows)):
                file.write(part if name == "gold" else [row | {"error": None} for row in part])


def _rows(make, rows: int) -> Iterator[dict]:
    return ({"id": f"p{number}", **make(number)} for number in range(rows))


def _name(number: int) -> str:
    return f"Mira {number:07}"


def _tokens(number: int) -> list[str]:
    words = [PLACES[number // 10**place % 10] for place in range(4)]
    return ["At", "the", *words, "with", *_name(number).split(), "and", "friends"]


def _tags(number: int) -> list[str]:
    return [{7: "B-PER", 8: "I-PER"}.get(place, "O") for place in range(len(_tokens(number)))]


def _examples(number: int, digests: list[str]) -> dict:
    image = number % IMAGES
    about = {"split": "train", "domain": "town", "language": "en", "source": f"train.txt:{number}"}
    return {"tokens": _tokens(number), "image": f"made-{image}.png", "image_sha256": digests[image], **about}


def _gold(number: int) -> dict:
    return {"tags": _tags(number), "as_written": None}


def _captions(number: int) -> dict:
    thing, other = THINGS[number % 8], THINGS[number // 8 % 8]
    return {"caption": f'A photo of a {thing} beside a {other}, with the words "Hall {number:07}".'}


def _candidates(number: int) -> dict:
    return {"spans": [{"start": 7, "end": 9, "text": _name(number), "score": 0.5}]}


def _knowledge(number: int) -> dict:
    summary = f"{_name(number)} is a singer from {PLACES[number % 10].title()} {number:07}. She plays the violin."
    fact = {"candidate": _name(number), "title": _name(number), "summary": summary, "relevance": 0.5, "kept": True}
    return {"facts": [fact | {"url": f"A/{number}", "page": number, "revision": 1}]}


def _expressions(number: int) -> dict:
    return {"expressions": [THINGS[number % 8], f"Hall {number:07}"]}


def _regions(number: int) -> dict:
    box = {"x0": 0.0, "y0": 0.0, "x1": 0.5 + number % 5000 / 10_000, "y1": 0.5 + number // 5000 / 10_000}
    return {"regions": [{"expression": "violin", "label": "violin", "score": 0.5, "box": box}]}
