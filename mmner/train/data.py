"""A preparation's artifacts as the model's examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mmner.base.errors import InputError
from mmner.model.params import Switches, Vision
from mmner.model.region_pairs import Pair, of_gold, pairs
from mmner.model.text import extra_texts
from mmner.model.token_evidence import token_evidence
from mmner.model.vector_file import StoredVisual
from mmner.model.visuals import Views, Visual
from mmner.ner import iob
from mmner.networks.windows import TextEncoding
from mmner.rows import parquet, schemas
from mmner.train import features, image_views

if TYPE_CHECKING:
    from mmner.model.batch import Example

IN_WORDS = ("caption", "spans", "facts", "steps", "regions")  # what other stages say of a post
READS = ("examples", "gold", "captions", "candidates", "knowledge", "chains")


@dataclass(frozen=True)
class Rows:
    """What the model may see of each example, as artifacts hold it; `visual` in the same order.

    visual_width: of cached features; 0 where the model sees pixels.
    """

    rows: list[dict]
    visual: Sequence[Visual | StoredVisual] | Sequence[Views]
    labels: list[str]
    visual_width: int

    def has(self, split: str) -> bool:
        return any(row["split"] == split for row in self.rows)

    def of(self, split: str) -> list[int]:
        """Indices of the examples of `split`. Errors: InputError `empty-split`."""
        indices = [number for number, row in enumerate(self.rows) if row["split"] == split]
        if not indices:
            remedy = "name its file in corpora.<corpus>.splits"
            if split == "dev":
                remedy += ", or keep the last weights: `choose: last` in the run's variant of section train"
            raise InputError("empty-split", f"no example in {split}", remedy=remedy)
        return indices

    def check_width(self, width: int, prepared: str | Path) -> None:
        """Errors: InputError `feature-width` unless the features are `width` numbers wide, or there are none."""
        if self.visual_width and width != self.visual_width and any(item.present for item in self.visual):
            raise InputError(
                "feature-width",
                f"features are {self.visual_width} wide, the model was trained on {width}",
                where=f"{prepared}/features.parquet",
                remedy="use the features variant that the model was trained with, or train again",
            )


def read(
    prepared: str | Path, switches: Switches, vision: Vision | None = None, images: str | Path | None = None
) -> Rows:
    """Everything that a run with `switches` uses of the preparation in folder `prepared`.

    With `vision`, `visual` are Views of the corpus's folder `images`, and features are not read.
    """
    more = {"regions": switches.tokens.regions or switches.grounding, "boxes": switches.grounding}
    reads = (*READS, *(artifact for artifact, is_read in more.items() if is_read))
    artifacts = parquet.read_aligned(prepared, reads)
    rows = [
        {
            **example,
            "tags": gold["tags"],
            "as_written": gold["as_written"],
            "caption": caption["caption"],
            "spans": candidates["spans"],
            "facts": knowledge["facts"],
            "steps": chain["steps"],
        }
        for example, gold, caption, candidates, knowledge, chain, *_ in zip(*artifacts.values(), strict=True)
    ]
    for artifact, column in (("regions", "regions"), ("boxes", "entities")):
        for row, of_row in zip(rows, artifacts.get(artifact, ()), strict=False):
            row[artifact] = of_row[column]
    labels = _labels(Path(prepared) / "gold.parquet", rows)
    if vision is not None and switches.visual:
        return Rows(rows, image_views.views(prepared, rows, images, vision, switches), labels, 0)
    visual, width = features.read(Path(prepared) / "features.parquet", [row["id"] for row in rows], switches)
    return Rows(rows, visual, labels, width)


def _labels(path: Path, rows: list[dict]) -> list[str]:
    """The labels of gold at `path`, which the tags of `rows` are made of. Errors: InputError `artifact-value`."""
    labels = parquet.labels(path)
    known = set(iob.tags(labels))
    for number, row in enumerate(rows):
        if unknown := sorted(set(row["tags"]) - known):
            what = f"tag {unknown[0]} is of none of the labels {', '.join(labels)}"
            raise InputError("artifact-value", what, where=f"{path}: row {number}", remedy=schemas.rerun("gold", path))
    return labels


def encode(data: Rows, chosen: Sequence[int], encoding: TextEncoding, switches: Switches) -> list[Example]:
    """Rows `chosen` of `data` as Examples, with their gold tags, where they have some, as indices into the CRF's
    inventory.

    Errors: InputError `iob-violation`.
    """
    from mmner.model.batch import Example

    index = {tag: number for number, tag in enumerate(iob.tags(data.labels))}
    examples = []
    for number in chosen:
        row = data.rows[number]
        tags = None
        if row.get("tags") is not None:
            if bad := iob.violations(row["tags"]):
                what = f"gold of {row['id']} at token {bad[0]}"
                raise InputError("iob-violation", what, remedy="make it with `dvc repro examples`")
            tags = [index[tag] for tag in row["tags"]]
        text = encoding(row["tokens"], extra_texts(row, switches), token_evidence(row, switches.tokens))
        visual = data.visual[number]
        pairs = region_pairs(row, visual) if switches.grounding and tags is not None else []
        examples.append(Example(row["id"], text, visual, tags, tuple(pairs)))
    return examples


def without_evidence(
    examples: Sequence[Example], data: Rows, chosen: Sequence[int], encoding: TextEncoding, switches: Switches
) -> list[Example]:
    """`examples`, which `encode` made of the rows `chosen`, without extra text and the marks of other stages."""
    bare = (data.rows[number] | dict.fromkeys(IN_WORDS) for number in chosen)
    texts = (encoding(row["tokens"], [], token_evidence(row, switches.tokens)) for row in bare)
    return [replace(example, text=text) for example, text in zip(examples, texts, strict=True)]


def region_pairs(
    row: dict, visual: Visual | StoredVisual | Views, spans: Sequence[tuple[int, int]] | None = None
) -> list[Pair]:
    """The pairs of `spans`, or of gold's entities, with the regions of `row` that the model sees."""
    seen = len(visual.boxes if isinstance(visual, Views) else visual.loaded().regions)
    return of_gold(row, seen) if spans is None else pairs(row, spans, seen)


def by_length(examples: Sequence[Example], size: int, most: int) -> list[list[int]]:
    """Indices of `examples`, sorted by length, in batches of `size`, cut as `parts` does."""
    order = sorted(range(len(examples)), key=lambda i: examples[i].text.length)
    made = []
    for at in range(0, len(order), size):
        batch = order[at : at + size]
        rest = iter(batch)
        made += [[*islice(rest, len(part))] for part in parts([examples[i] for i in batch], most)]
    return made


def parts(examples: Sequence[Example], most: int) -> list[list[Example]]:
    """`examples`, in their order, in parts of `most` word pieces, padding included; a single one may have more."""
    result, rows, longest = [], 0, 0
    for example in examples:
        rows, longest = rows + len(example.text.windows), max(longest, example.text.length)
        if not result or rows * longest > most:
            result.append([])
            rows, longest = len(example.text.windows), example.text.length
        result[-1].append(example)
    return result


def batches(examples: Sequence[Example], size: int, seed: int, pool: int = 50) -> list[list[int]]:
    """Indices of `examples` in batches of `size`, alike in length, so that little is padded.

    Shuffled, then sorted by length within pools of `pool` batches, and the batches shuffled.
    """
    random = np.random.default_rng(seed)
    order = random.permutation(len(examples)).tolist()
    made = []
    for at in range(0, len(order), size * pool):
        part = sorted(order[at : at + size * pool], key=lambda i: examples[i].text.length)
        made += [part[i : i + size] for i in range(0, len(part), size)]
    return [made[i] for i in random.permutation(len(made))]
