"""What is odd about a corpus's gold boxes, counted split by split, as lines of the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mmner.corpus import gold_boxes
from mmner.corpus.boxes import Boxes
from mmner.corpus.params import Corpus


@dataclass(frozen=True)
class Counted:
    """entities, seen: by split, of gold by label, and those of them that have a box. found: what is unusual.

    boxes: by split. unused: XML files of images that no post has.
    """

    entities: dict[str, Counter]
    seen: dict[str, Counter]
    boxes: dict[str, int]
    found: Boxes
    unused: list[str]


def count(raw: Path, corpus: Corpus, examples: Sequence[dict], tags: Sequence[list[str]]) -> Counted | None:
    """Counts of the boxes of `examples`, of all splits, whose tags are `tags`; None where the corpus names no boxes.

    Errors: InputError of `gold_boxes.read`; what is refused about single boxes is in `found`.
    """
    if corpus.boxes is None:
        return None
    gold = [{"id": example["id"], "tags": of} for example, of in zip(examples, tags, strict=True)]
    found = gold_boxes.read(raw, corpus, examples, gold)
    counted = Counted({}, {}, {}, found, _unused(raw / corpus.boxes, examples))
    for split in corpus.splits.files():  # one without a post, too: the report has a column for it
        chosen = [number for number, example in enumerate(examples) if example["split"] == split]
        rows = [found.rows[number] for number in chosen]
        counted.entities[split], counted.seen[split] = gold_boxes.groundable(rows, [gold[at] for at in chosen])
        counted.boxes[split] = sum(len(one["boxes"]) for row in rows for one in row["entities"])
    return counted


def places(counted: Counted) -> dict[str, list[str]]:
    """What there is to look at, by its kind: places in words."""
    found = counted.found
    kinds = {
        "boxes that are refused": [f"{error.where} ({error.name})" for error in found.refused],
        "boxes left out": found.left_out,
        "boxes that reach out of the image": found.clipped,
        "names of boxes that match no entity": found.unmatched,
        "names of boxes in other letters than the sentence's": found.respelled,
        "names without a box": found.boxless,
        "boxes that their entity has already": found.doubled,
        "boxes of images without a file": found.without_image,
        "entities that stand twice and share their boxes": found.shared,
        "files of boxes that no post's image has": counted.unused,
    }
    return {kind: there for kind, there in kinds.items() if there}


def _unused(folder: Path, examples: Sequence[dict]) -> list[str]:
    if not folder.is_dir():
        return []
    images = {example["image"] for example in examples if example["image"]}
    stems = images | {image.rpartition(".")[0] for image in images}
    files = (path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*.xml")))
    return [file for file in files if file.removesuffix(".xml") not in stems]
