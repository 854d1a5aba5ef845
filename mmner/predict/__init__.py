"""A trained model on a preparation, and on new posts.

`mmner.predict.places.load` is the door for new posts; here is what an evaluation needs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path

from mmner.base.errors import InputError
from mmner.model import description
from mmner.model.params import Architecture, Switches
from mmner.predict.tagging import Network, Tagged
from mmner.rows import parquet
from mmner.train import data

PARTS = ("image", "caption", "candidate", "fact", "region", "chain")  # that a post may have; a fact: one that was kept


def read(model: Path, prepared: Path, images: Path | None) -> data.Rows:
    """What the model in folder `model` may see of a preparation. `images`: the corpus's image folder, for a tower.

    Errors: InputError `feature-width` where the features are not of the width that the model was trained on.
    """
    about = description.read(model)
    vision = Architecture.model_validate(about["architecture"]).vision
    posts = data.read(prepared, Switches.model_validate(about["switches"]), vision, images)
    posts.check_width(about["visual_width"], prepared)
    return posts


def splits(posts: data.Rows, wanted: Sequence[str]) -> dict[str, list[int]]:
    """Indices of the examples of each split of `wanted` that there is. Errors: InputError `empty-split` for none."""
    if there := [split for split in wanted if posts.has(split)]:
        return {split: posts.of(split) for split in there}
    remedy = "name one that the corpus has in splits of the run's entry in section evaluate"
    raise InputError("empty-split", f"no example in {' or '.join(wanted)}", remedy=remedy)


def apply(
    model: str | Path, prepared: str | Path, split: str | Sequence[str], images: str | Path | None = None
) -> list[dict]:
    """Rows of artifact `predictions` for the examples of `split`, or of several, computed. Errors: those of `read`."""
    posts = read(Path(model), Path(prepared), images and Path(images))
    chosen = splits(posts, [split] if isinstance(split, str) else split)
    return rows(posts, chosen, compute(Path(model), posts, chosen), Path(prepared))


def compute(model: Path, posts: data.Rows, chosen: Mapping[str, Sequence[int]]) -> list[Tagged]:
    """What the model says of each of rows `chosen` of `posts`, split by split: no post's batch has one of another."""
    network = Network(model)
    return [*chain.from_iterable(network(posts, numbers) for numbers in chosen.values())]


def rows(
    posts: data.Rows, chosen: Mapping[str, Sequence[int]], answers: Sequence[Tagged], prepared: Path
) -> list[dict]:
    """Rows of artifact `predictions`. prepared: the preparation's folder.

    gold is as the corpus's files write it, before any repair: what strict and lenient scores differ about.
    parts: those of PARTS that the post has in its preparation, whether the model reads them or not.
    """
    regions = _with_regions(prepared)
    return [
        {
            "id": row["id"],
            "split": row["split"],
            "tokens": row["tokens"],
            "gold": row["as_written"] or row["tags"],
            "predicted": answer.tags,
            "confidence": answer.confidence,
            "scores": [score for *_, score in answer.entities],
            "gate": answer.gate,
            "fusion": [{"kind": kind, "weight": weight} for kind, weight in (answer.weights or {}).items()],
            "parts": _parts(row, row["id"] in regions),
        }
        for row, answer in zip((posts.rows[number] for number in chain(*chosen.values())), answers, strict=True)
    ]


def _with_regions(prepared: Path) -> set[str]:
    try:
        return {row["id"] for row in parquet.stream(prepared / "regions.parquet", "regions") if row["regions"]}
    except InputError:  # a run without visual parts may have none
        return set()


def _parts(row: dict, has_region: bool) -> list[str]:
    there = {
        "image": row["image"] is not None and not row["error"],
        "caption": bool(row["caption"]),
        "candidate": bool(row["spans"]),
        "fact": any(fact["kept"] for fact in row["facts"] or ()),
        "region": has_region,
        "chain": bool(row["steps"]),
    }
    return [part for part in PARTS if there[part]]
