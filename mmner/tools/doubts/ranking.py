"""cleanlab's token classification over out-of-fold predictions: which tags of gold are in doubt, the worst first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mmner.base import interpreter
from mmner.base.errors import InputError
from mmner.ner import iob


def check() -> None:
    """Errors: InputError `missing-package` where cleanlab is not installed."""
    _cleanlab()


def ranked(rows: Sequence[dict], said: Sequence[np.ndarray], inventory: Sequence[str]) -> list[dict[str, Any]]:
    """The doubted posts, as the package's docstring shows a line.

    rows: {id, split, source, tokens, tags}, tags legal IOB2 of `inventory`. said: of each, (tokens, tags).
    A tag is in doubt where confident learning finds its cell of the joint distribution of given and true tags
    (Northcutt et al. 2021) to be one of error; its quality is the probability of the tag that it has. A post's quality
    is that of its worst tag. Errors: InputError `missing-package`.
    """
    find_label_issues, get_label_quality_scores = _cleanlab()
    places = {tag: at for at, tag in enumerate(inventory)}
    filled = [number for number, row in enumerate(rows) if row["tokens"]]
    labels = [[places[tag] for tag in rows[number]["tags"]] for number in filled]
    predicted = [said[number] for number in filled]
    sentences, tokens = get_label_quality_scores(labels, predicted)
    doubts: dict[int, list[int]] = {}
    for at, token in find_label_issues(labels, predicted):
        doubts.setdefault(int(at), []).append(int(token))
    order = sorted(doubts, key=lambda at: (float(sentences[at]), filled[at]))
    return [_line(rows[filled[at]], predicted[at], np.asarray(tokens[at]), doubts[at], inventory) for at in order]


def _line(
    row: dict, said: np.ndarray, quality: np.ndarray, doubted: Sequence[int], inventory: Sequence[str]
) -> dict[str, Any]:
    suggested = [inventory[best] for best in said.argmax(1)]
    places = sorted(doubted, key=lambda at: (quality[at], at))
    return {
        "id": row["id"],
        "split": row["split"],
        "source": row["source"],
        "quality": round(float(quality.min()), 4),
        "tokens": row["tokens"],
        "tags": row["tags"],
        "suggested": iob.repair(suggested),
        "doubts": [
            {
                "token": at,
                "text": row["tokens"][at],
                "given": row["tags"][at],
                "suggested": suggested[at],
                "quality": round(float(quality[at]), 4),
            }
            for at in places
        ],
    }


def _cleanlab():
    try:
        from cleanlab.token_classification.filter import find_label_issues
        from cleanlab.token_classification.rank import get_label_quality_scores
    except ImportError as error:
        what = f"corpus doubts needs cleanlab ({error})"
        raise InputError("missing-package", what, remedy=interpreter.pip_install('"mmner[doubts]"')) from error
    return find_label_issues, get_label_quality_scores
