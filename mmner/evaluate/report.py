"""The files that an evaluation leaves behind."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import pydantic

from mmner.base import atomic
from mmner.base.params import Natural, Params
from mmner.ner.scores import score
from mmner.rows import parquet


class Evaluation(Params):
    """How a run is scored. bootstrap: resamples of the test sentences behind the interval of F1; 0 for none."""

    bootstrap: Annotated[Natural, pydantic.Field(le=10**6)]


def flat(scores: dict) -> dict[str, float | int | None]:
    """What `scores.score` returns as one flat object: each type's F1 under <type>_f1."""
    rest = {name: value for name, value in scores.items() if name != "types"}
    return rest | {f"{label}_f1": values["f1"] for label, values in scores["types"].items()}


def write(folder: str | Path, predictions: Sequence[dict], params: Evaluation, key: str | None = None) -> dict:
    """Score `predictions` (rows of that artifact) and write predictions, metrics and plot data to `folder`.

    key: of the predictions, kept in their file's metadata. Returns what `scores.score` does.
    """
    scores = score([row["gold"] for row in predictions], [row["predicted"] for row in predictions], params.bootstrap)
    folder = Path(folder)
    parquet.write(folder / "predictions.parquet", "predictions", predictions, key and {"key": key})
    _json(folder / "metrics.json", flat(scores))
    _json(folder / "types.json", [{"type": label, **values} for label, values in scores["types"].items()])
    return scores


def line(scores: dict) -> str:
    """The one line that the stage prints at its end."""
    interval = "" if scores["low"] is None else f" ({scores['low']:.4f} to {scores['high']:.4f})"
    return (
        f"evaluate: {scores['sentences']} sentences, {scores['entities']} entities, strict F1 {scores['f1']:.4f}"
        f"{interval}, precision {scores['precision']:.4f}, recall {scores['recall']:.4f}, "
        f"seqeval's default F1 {scores['default_f1']:.4f}"
    )


def _json(path: Path, value) -> None:
    """Written beside its place and renamed: a reader never sees half a file."""
    with atomic.atomic_write(path) as temporary:
        temporary.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
