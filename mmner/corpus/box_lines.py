"""Gold boxes as JSON Lines, an entity a line; boxes in 0..1 of width and height, from the upper left corner:

{"id": "train-0", "start": 1, "end": 3, "boxes": [[0.1, 0.2, 0.5, 0.9]]}
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import pydantic

from mmner.base import jsonl
from mmner.base.errors import InputError
from mmner.base.params import Count, Natural, Params, Words
from mmner.corpus.boxes import Boxes, Placed, unreadable
from mmner.corpus.params import Corpus
from mmner.ner.boxes import CORNERS
from mmner.rows.precomputed_rows import Box, text_id

SUFFIXES = (".jsonl", ".ndjson")


def _corners(value: Any) -> Any:
    if isinstance(value, list) and len(value) == 4:
        return dict(zip(CORNERS, value, strict=True))
    return value


class _Row(Params):
    """A line of the JSON Lines. label: the entity's type, where somebody wants it checked."""

    id: Annotated[Words, pydantic.BeforeValidator(text_id)]
    start: Natural
    end: Count
    boxes: list[Annotated[Box, pydantic.BeforeValidator(_corners)]]
    label: str | None = None


def read(file: Path, corpus: Corpus, examples: Sequence[dict], spans: dict[str, list], found: Boxes) -> Placed:
    name = str(corpus.boxes)
    if not name.lower().endswith(SUFFIXES):
        remedy = f"name a folder of Pascal VOC XML, or a file that ends in {' or '.join(SUFFIXES)}"
        raise InputError("bad-boxes", "neither a folder nor JSON Lines by its name", where=str(file), remedy=remedy)
    images = {example["id"]: example["image"] for example in examples}
    placed: Placed = {}
    lines = 0
    for number, content in jsonl.objects(jsonl.decode(_content(file), name), name):
        where, lines = f"{name}:{number}", lines + 1
        try:
            row = _Row.model_validate(content)
        except pydantic.ValidationError as error:
            found.refused.append(_bad_row(error, where))
            continue
        span = row.start, row.end
        if row.id not in spans:
            if corpus.limit is None:
                what, remedy = f"no post is called {row.id}", "correct the id: `examples` has those of all posts"
                found.refused.append(InputError("unknown-id", what, where=where, remedy=remedy))
            continue
        if refused := _not_so(row, spans[row.id], images[row.id], span in placed.get(row.id, {}), where):
            found.refused.append(refused)
            continue
        placed.setdefault(row.id, {})[span] = []
        for box in (box.model_dump() for box in row.boxes):
            if found.keep(box, where, corpus.violations):
                found.add(placed, row.id, span, box, where)
    if not lines:
        what, remedy = "no line in it", "write the entities' boxes, or take `boxes` out of the corpus's entry"
        raise InputError("no-match", what, where=name, remedy=remedy)
    return {post: {span: boxes for span, boxes in of.items() if boxes} for post, of in placed.items()}


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise unreadable(file, error) from error


def _not_so(row: _Row, spans: list, image: str | None, known: bool, where: str) -> InputError | None:
    """What is wrong about `row`, whose post has the entities `spans`."""
    label = next((label for start, end, label in spans if (start, end) == (row.start, row.end)), None)
    if label is None:
        there = ", ".join(f"{start}..{end}" for start, end, _ in spans) or "none"
        what = f"{row.id} has no entity at tokens {row.start}..{row.end}"
        return InputError("no-such-entity", what, where=where, remedy=f"its entities, end exclusive: {there}")
    if row.label is not None and row.label != label:
        what = f"the entity is {label}, not {row.label}"
        return InputError("other-label", what, where=where, remedy="correct one of the two, or leave label out")
    if known:
        what = f"tokens {row.start}..{row.end} of {row.id} stand twice"
        return InputError("repeated-row", what, where=where, remedy="write all boxes of an entity into one line")
    if row.boxes and image is None:
        what = f"{row.id} has a box, and no image"
        return InputError("box-without-image", what, where=where, remedy="name the post's image, or delete the line")
    return None


def _bad_row(error: pydantic.ValidationError, where: str) -> InputError:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    what = "unknown key" if first["type"] == "extra_forbidden" else first["msg"].removeprefix("Value error, ")
    remedy = "keys: id, start, end (in tokens, end exclusive), boxes (each [x0, y0, x1, y1] in 0..1); label may lack"
    return InputError("bad-boxes", f"{key}: {what}" if key else what, where=where, remedy=remedy)
