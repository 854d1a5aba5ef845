"""Gold boxes: where in its image each entity of a post can be seen.

Reads: what the corpus's entry names as `boxes`, in the corpus's folder: a folder of Pascal VOC XML, <image>.xml an
image (mmner.corpus.voc), or a file of JSON Lines, an entity a line, boxes in 0..1 of width and height, from top left:

    {"id": "train-0", "start": 1, "end": 3, "boxes": [[0.1, 0.2, 0.5, 0.9]]}

Writes: rows of artifact `boxes`. An entity without a box can't be seen in the image.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from mmner.base.errors import InputError
from mmner.corpus import box_lines
from mmner.corpus.boxes import Boxes
from mmner.corpus.params import Corpus
from mmner.ner import iob


def read(raw: Path, corpus: Corpus, examples: Sequence[dict], gold: Sequence[dict]) -> Boxes:
    """The boxes of `examples`, whose tags `gold` has, both rows of these artifacts, of the corpus in folder `raw`.

    A row's entities: those with a box, in the order of the sentence; null where the corpus names no boxes.
    Errors: InputError `missing-boxes`, `boxes-outside-folder`, those of jsonl and of voc.
    """
    if corpus.boxes is None:
        return Boxes([{"id": example["id"], "entities": None} for example in examples])
    place = raw / corpus.boxes
    found = Boxes([])
    spans = {example["id"]: iob.spans(tags["tags"] or ()) for example, tags in zip(examples, gold, strict=True)}
    if place.is_dir():
        from mmner.corpus import box_xml  # PIL; a corpus without images does not need it

        placed = box_xml.read(place, raw, corpus, examples, spans, found)
    elif place.is_file():
        placed = box_lines.read(place, corpus, examples, spans, found)
    else:
        remedy = "put it there, or take `boxes` out of the corpus's entry in params.yaml"
        raise InputError("missing-boxes", "no folder and no file", where=str(place), remedy=remedy)
    for example in examples:
        entities = placed.get(example["id"], {})
        if entities and example["error"]:
            found.without_image.append(f"{example['error']} ({example['source']})")
        found.rows.append(
            {
                "id": example["id"],
                "entities": [
                    {"start": start, "end": end, "boxes": entities[start, end]} for start, end in sorted(entities)
                ],
            }
        )
    return found


def groundable(rows: Sequence[dict], gold: Sequence[dict]) -> tuple[Counter, Counter]:
    """(entities, those of them with a box) by label, of rows of `boxes` and of `gold`."""
    entities: Counter = Counter()
    seen: Counter = Counter()
    for row, tags in zip(rows, gold, strict=True):
        boxed = {(one["start"], one["end"]) for one in row["entities"] or ()}
        for start, end, label in iob.spans(tags["tags"]):
            entities[label] += 1
            seen[label] += (start, end) in boxed
    return entities, seen
