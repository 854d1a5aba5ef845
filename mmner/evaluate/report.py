"""The files that an evaluation leaves behind."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import pydantic

from mmner.base import atomic
from mmner.base.params import Natural, Params, no_duplicates
from mmner.evaluate import grounding
from mmner.ner.scores import score
from mmner.predict import PARTS
from mmner.rows import parquet

TOTALS = ("f1", "precision", "recall", "low", "high", "default_f1", "sentences", "entities")


class Evaluation(Params):
    """How a run is scored. bootstrap: resamples of the sentences behind the interval of F1; 0 for none.

    splits: dev is scored in any case, so that nobody needs test to choose; test where it stands here.
    """

    bootstrap: Annotated[Natural, pydantic.Field(le=10**6)]
    splits: Annotated[list[Literal["dev", "test"]], pydantic.AfterValidator(no_duplicates)] = ["dev"]

    @property
    def scored(self) -> tuple[str, ...]:
        """The splits that are scored, where the corpus has them."""
        return ("dev", *(split for split in self.splits if split != "dev"))


def flat(scores: dict[str, dict]) -> dict[str, float | int | None]:
    """What `scores.score` returns of each split as one flat object: test's under their names, each type's F1 under
    <type>_f1; dev's totals under dev_<name>.
    """
    test, dev = scores.get("test", {}), scores.get("dev", {})
    rest = {name: value for name, value in test.items() if name != "types"}
    types = {f"{label}_f1": values["f1"] for label, values in test.get("types", {}).items()}
    return rest | types | {f"dev_{name}": dev[name] for name in TOTALS if name in dev}


def write(
    folder: str | Path,
    predictions: Sequence[dict],
    params: Evaluation,
    key: str | None = None,
    proof: dict[str, str | int] | None = None,
    grounded: grounding.Result | None = None,
) -> dict:
    """Score `predictions` (rows of that artifact) and write predictions, metrics and plot data to `folder`.

    key: of the predictions, kept in their files' metadata. proof: of `distinct`, kept with the metrics. grounded: their
    regions, written too where given. Returns what `scores.score` does of each split.
    """
    splits = [split for split in params.scored if any(row["split"] == split for row in predictions)]
    of = {split: [row for row in predictions if row["split"] == split] for split in splits}
    scores = {split: _score(rows, params.bootstrap) for split, rows in of.items()}
    folder = Path(folder)
    parquet.write(folder / "predictions.parquet", "predictions", predictions, key and {"key": key})
    metrics = flat(scores) | (proof or {})
    if grounded is not None:
        grounding.write(folder, grounded, key)
        _json(folder / "grounding.json", {"threshold": grounded.threshold, **grounded.scores})
        if regions := grounded.metrics():
            metrics["grounding"] = regions
    write_metrics(folder, metrics, scores)
    _json(folder / "parts.json", {split: parts(rows) for split, rows in of.items()})
    return scores


def parts(rows: Sequence[dict]) -> dict[str, dict]:
    """The scores of posts with and without each part that a post may have: an image, a kept fact, ..."""
    found = {}
    for part in PARTS:
        groups = {True: [], False: []}
        for row in rows:
            groups[part in row["parts"]].append(row)
        found[part] = {name: _few(_score(groups[there], 0)) for there, name in ((True, "with"), (False, "without"))}
    return found


def line(split: str, scores: dict) -> str:
    """The line that the stage prints of a split at its end."""
    interval = "" if scores["low"] is None else f" ({scores['low']:.4f} to {scores['high']:.4f})"
    return (
        f"evaluate: {split}: {scores['sentences']} sentences, {scores['entities']} entities, "
        f"strict F1 {scores['f1']:.4f}{interval}, precision {scores['precision']:.4f}, "
        f"recall {scores['recall']:.4f}, seqeval's default F1 {scores['default_f1']:.4f}"
    )


def _score(rows: Sequence[dict], bootstrap: int) -> dict:
    return score([row["gold"] for row in rows], [row["predicted"] for row in rows], bootstrap)


def _few(scores: dict) -> dict:
    return {name: scores[name] for name in ("sentences", "entities", "f1", "precision", "recall")}


def write_metrics(folder: Path, metrics: dict, scores: dict[str, dict]) -> None:
    """Write `metrics` to `folder`, and for a plot the types of the last split of `scores`: test, where it is scored."""
    _json(folder / "metrics.json", metrics)
    types = scores[[*scores][-1]]["types"]
    _json(folder / "types.json", [{"type": label, **values} for label, values in types.items()])


def _json(path: Path, value) -> None:
    """Written beside its place and renamed: a reader never sees half a file."""
    with atomic.atomic_write(path) as temporary:
        temporary.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
