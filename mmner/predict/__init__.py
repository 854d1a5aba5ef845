"""A trained model on a preparation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mmner.model import description
from mmner.model.params import Architecture, Switches
from mmner.train import data


def read(model: Path, prepared: Path, images: Path | None) -> data.Rows:
    """What the model in folder `model` may see of a preparation. `images`: the corpus's image folder, for a tower.

    Errors: InputError `feature-width` where the features are not of the width that the model was trained on.
    """
    about = description.read(model)
    vision = Architecture.model_validate(about["architecture"]).vision
    posts = data.read(prepared, Switches.model_validate(about["switches"]), vision, images)
    posts.check_width(about["visual_width"], prepared)
    return posts


def apply(model: str | Path, prepared: str | Path, split: str, images: str | Path | None = None) -> list[dict]:
    """Rows of artifact `predictions` for the examples of `split`, computed. Errors: those of `read`."""
    posts = read(Path(model), Path(prepared), images and Path(images))
    chosen = posts.of(split)
    return rows(posts, chosen, compute(Path(model), posts, chosen))


def compute(model: Path, posts: data.Rows, chosen: Sequence[int]) -> list[tuple[list[str], list[float]]]:
    """(tags, their confidence) of each of rows `chosen` of `posts`."""
    from mmner.predict.tagging import Network

    return [(answer.tags, answer.confidence) for answer in Network(model)(posts, chosen)]


def rows(posts: data.Rows, chosen: Sequence[int], answers: Sequence[tuple[list[str], list[float]]]) -> list[dict]:
    """Rows of artifact `predictions`: id, tokens, gold, predicted, confidence.

    gold is as the corpus's files write it, before any repair: what strict and lenient scores differ about.
    """
    return [
        {
            "id": row["id"],
            "tokens": row["tokens"],
            "gold": row["as_written"] or row["tags"],
            "predicted": tags,
            "confidence": confidence,
        }
        for row, (tags, confidence) in zip((posts.rows[number] for number in chosen), answers, strict=True)
    ]
