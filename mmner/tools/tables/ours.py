"""What our runs of a table's cell came to: read from data/runs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mmner.base.errors import InputError
from mmner.tools.experiments.plan import Planned
from mmner.tools.tables.arithmetic import Gain, deviation, mean, paired

KEYS = {"Pre.": "precision", "Rec.": "recall", "F1": "f1"}  # a printed column: its key in metrics.json


@dataclass(frozen=True)
class Score:
    """Ours over seeds, in percent. mean, deviation: strict; default: (mean, deviation) of seqeval's default F1, which
    only the column F1 has. Deviations are sample deviations, None of a single seed."""

    mean: float
    deviation: float | None
    seeds: int
    default: tuple[float, float | None] | None


def scored(planned: Sequence[Planned], folder: Path) -> list[Planned]:
    """Those of `planned` whose evaluation lies in `folder`."""
    return [run for run in planned if (folder / run.name / "metrics.json").is_file()]


def score(planned: Sequence[Planned], column: str, folder: Path) -> Score | None:
    """The printed `column` over the seeds of one cell; None where none is scored or a type has no such score."""
    metrics = [json.loads((folder / run.name / "metrics.json").read_text(encoding="utf-8")) for run in planned]
    key = KEYS.get(column, f"{column}_f1")
    values = [100 * one[key] for one in metrics if one.get(key) is not None]
    if not values:
        return None
    lenient = [100 * one["default_f1"] for one in metrics]
    default = (mean(lenient), deviation(lenient)) if column == "F1" else None
    return Score(mean(values), deviation(values), len(values), default)


def average(domains: Sequence[Sequence[Planned]], column: str, folder: Path) -> Score | None:
    """The mean of a row's domains for each seed that all of them have, over these seeds; None where there is none.

    domains: the scored runs of each domain.
    """
    seeds = set.intersection(*({run.seed for run in runs} for runs in domains)) if domains else set()
    each = []
    for seed in sorted(seeds):
        scores = [score([run for run in runs if run.seed == seed], column, folder) for runs in domains]
        each.append((mean([one.mean for one in scores]), mean([one.default[0] for one in scores])))
    if not each:
        return None
    strict, default = zip(*each, strict=True)
    return Score(mean(strict), deviation(strict), len(each), (mean(default), deviation(default)))


def shots(planned: Sequence[Planned], folder: Path) -> str:
    """Of few-shot runs of a cell: how many sentences their shots were, and the types of which train has fewer than K
    mentions. Empty where no run has kept its shots (`mmner.ner.fewshot.report`)."""
    paths = [folder / run.name / "model" / "shots.json" for run in planned]
    kept = [json.loads(path.read_text(encoding="utf-8")) for path in paths if path.is_file()]
    if not kept:
        return ""
    fewer: dict[str, list[int]] = {}
    for label, count in (item for one in kept for item in one["fewer"].items()):
        fewer.setdefault(label, []).append(count)
    short = ", ".join(f"{label} ({_range(counts)})" for label, counts in fewer.items()) or "none"
    return f"{_range([len(one['ids']) for one in kept])} sentences; fewer than {kept[0]['k']} mentions: {short}"


def _range(counts: Sequence[int]) -> str:
    low, high = min(counts), max(counts)
    return str(low) if low == high else f"{low} to {high}"


def gain(first: Sequence[Planned], second: Sequence[Planned], folder: Path) -> Gain:
    """How far the runs `first` are above `second`, their seeds pooled (`arithmetic.paired`).

    Errors: InputError `other-sentences` where their predictions are not about the same sentences and gold tags.
    """
    asked, counts = zip(*(_counts(run, folder) for run in [*first, *second]), strict=True)
    if any(one != asked[0] for one in asked):
        wrong = [*first, *second][next(at for at, one in enumerate(asked) if one != asked[0])]
        what = f"{wrong.name} was scored on other sentences than {first[0].name}, or against other gold tags"
        raise InputError("other-sentences", what, where=str(folder), remedy=f"dvc repro evaluate@{wrong.name}")
    return paired(counts[: len(first)], counts[len(first) :])


def _counts(run: Planned, folder: Path) -> tuple[list[tuple[str, list[str]]], np.ndarray]:
    """(id and gold tags of each sentence, `scores.count`)."""
    from mmner.ner.scores import count
    from mmner.rows import parquet

    rows = parquet.read(folder / run.name / "predictions.parquet", "predictions")
    counts, _ = count([row["gold"] for row in rows], [row["predicted"] for row in rows])
    return [(row["id"], row["gold"]) for row in rows], counts
