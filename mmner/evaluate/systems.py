"""A system's tags scored as a run's are: the same gold, the same scorer, the same bootstrap.

Reads `tag`, `examples` and `gold`. Writes `predictions.parquet`, `metrics.json` and `types.json`, as an evaluation
does; `metrics.json` has beside those numbers `unanswered`, the posts without an answer: they count as without entities.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mmner.base.errors import InputError
from mmner.evaluate import distinct
from mmner.evaluate.report import Evaluation, flat, write_metrics
from mmner.ner.scores import score
from mmner.rows import parquet

UNSAID = {"confidence": None, "scores": None, "gate": None, "fusion": [], "parts": []}  # of no system


def write(
    folder: Path, examples: Sequence[dict], gold: Sequence[dict], tag: Sequence[dict], params: Evaluation
) -> dict[str, dict]:
    """Score `tag` (rows of that artifact) and write predictions and metrics to `folder`; what `scores.score` returns of
    each split.

    Errors: InputError `no-split` where the system answered no split that is scored.
    """
    posts = {row["id"]: (row, tags) for row, tags in zip(examples, gold, strict=True)}
    predictions, unplaced = [], {}
    for answer in tag:
        row, tags = posts[answer["id"]]
        true, guess = tags["as_written"] or tags["tags"], answer["tags"] or ["O"] * len(row["tokens"])
        known = {name: row[name] for name in ("id", "split", "tokens")}
        predictions.append(known | {"gold": true, "predicted": guess} | UNSAID)
        unplaced[answer["id"]] = answer["unplaced"] or []
    scores = {}
    for split in params.scored:
        if of_split := [row for row in predictions if row["split"] == split]:
            pairs = [extended(row["gold"], row["predicted"], unplaced[row["id"]]) for row in of_split]
            scores[split] = score(*map(list, zip(*pairs, strict=True)), params.bootstrap)
    if not scores:
        what = f"no answer to a post of {' or '.join(params.scored)}, the splits that are scored"
        remedy = "name the split in splits of its entry in section evaluate, or give a file for one that is there"
        raise InputError("no-split", what, where=str(folder), remedy=remedy)
    parquet.write(folder / "predictions.parquet", "predictions", predictions)
    about = {"unanswered": sum(answer["tags"] is None for answer in tag)} | distinct.of_rows(examples)
    write_metrics(folder, flat(scores) | about, scores)
    return scores


def extended(gold: list[str], predicted: list[str], unplaced: Sequence[str]) -> tuple[list[str], list[str]]:
    """Both with a token more for each label of `unplaced`: an entity that is predicted, and not in gold."""
    return gold + ["O"] * len(unplaced), predicted + [f"B-{label}" for label in unplaced]
