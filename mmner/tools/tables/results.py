"""The scores of our runs, cell by cell of a table: read from data/runs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mmner.base.errors import InputError
from mmner.tools.experiments.run_specs import RunSpec
from mmner.tools.tables import two_level
from mmner.tools.tables.arithmetic import Gain, deviation, mean, paired
from mmner.tools.tables.systems import SystemSpec, place
from mmner.tools.tables.two_level import Comparison

KEYS = {"Pre.": "precision", "Rec.": "recall", "F1": "f1"}  # a printed column: its key in metrics.json


@dataclass(frozen=True)
class Score:
    """Our score over seeds, in percent. mean, deviation: strict. default: (mean, deviation) of seqeval's default F1, in
    column F1 alone. A deviation is the sample deviation, None for a single seed."""

    mean: float
    deviation: float | None
    seeds: int
    default: tuple[float, float | None] | None


def scored(specs: Sequence[RunSpec], folder: Path) -> list[RunSpec]:
    """Those of `specs` whose evaluation is in `folder`."""
    return [run for run in specs if "f1" in _metrics(place(run, folder))]


def evaluated(specs: Sequence[RunSpec], folder: Path) -> list[RunSpec]:
    """Those of `specs` of which anything was scored, test or not."""
    return [run for run in specs if _metrics(place(run, folder))]


def _metrics(folder: Path) -> dict:
    """The scores of the run in `folder`; without `f1` where its test split was not scored, {} where nothing was."""
    file = folder / "metrics.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}


def score(specs: Sequence[RunSpec], column: str, folder: Path) -> Score | None:
    """The score in the printed `column` of the scored runs of one cell; None where there is no run or no such score."""
    metrics = [_metrics(place(run, folder)) for run in specs]
    key = KEYS.get(column, f"{column}_f1")
    values = [100 * one[key] for one in metrics if one.get(key) is not None]
    if not values:
        return None
    lenient = [100 * one["default_f1"] for one in metrics]
    default = (mean(lenient), deviation(lenient)) if column == "F1" else None
    return Score(mean(values), deviation(values), len(values), default)


def average(domains: Sequence[Sequence[RunSpec]], column: str, folder: Path) -> Score | None:
    """The Score of a row's mean over `domains` (the scored runs of each), over the seeds that all domains have.

    None where there is no such seed.
    """
    seeds = set.intersection(*({run.seed for run in runs} for runs in domains)) if domains else set()
    per_seed = []
    for seed in sorted(seeds):
        scores = [score([run for run in runs if run.seed == seed], column, folder) for runs in domains]
        per_seed.append((mean([one.mean for one in scores]), mean([one.default[0] for one in scores])))
    if not per_seed:
        return None
    strict, default = zip(*per_seed, strict=True)
    return Score(mean(strict), deviation(strict), len(per_seed), (mean(default), deviation(default)))


def shots(specs: Sequence[RunSpec], folder: Path) -> str:
    """A note about the shots of a cell's few-shot runs: how many sentences, and the types with fewer than K mentions.

    "" where no run has saved its shots (`mmner.ner.fewshot.report`).
    """
    paths = [place(run, folder) / "model" / "shots.json" for run in specs]
    saved = [json.loads(path.read_text(encoding="utf-8")) for path in paths if path.is_file()]
    if not saved:
        return ""
    fewer: dict[str, list[int]] = {}
    for label, count in (item for one in saved for item in one["fewer"].items()):
        fewer.setdefault(label, []).append(count)
    short = ", ".join(f"{label} ({_range(counts)})" for label, counts in fewer.items()) or "none"
    return f"{_range([len(one['ids']) for one in saved])} sentences; fewer than {saved[0]['k']} mentions: {short}"


def _range(counts: Sequence[int]) -> str:
    low, high = min(counts), max(counts)
    return str(low) if low == high else f"{low} to {high}"


def compared(first: Sequence[RunSpec], second: Sequence[RunSpec], folder: Path) -> tuple[Gain, Comparison | None]:
    """The gain of the runs `first` over the runs `second`: their seeds pooled (`arithmetic.paired`), and over seeds and
    sentences (`two_level.compare`); None where there are too few seeds for that.

    Errors: InputError `other-sentences` where their predictions are not about the same sentences and gold tags.
    """
    rows = counts([first, second], folder)
    fixed = tuple(len(row) == 1 and isinstance(row[0], SystemSpec) for row in (first, second))
    try:
        both = two_level.compare(*rows, fixed=fixed)
    except InputError:  # too-few-seeds
        both = None
    return paired(*rows), both


def counts(rows: Sequence[Sequence[RunSpec]], folder: Path, split: str = "test") -> list[list[np.ndarray]]:
    """`scores.count` of `split` of each run of each of `rows`. Errors: InputError `other-sentences`, `not-scored`."""
    from mmner.evaluate import scored

    places = {run.name: place(run, folder) for row in rows for run in row}
    read = {name: _counts(found, scored.unplaced(places[name])) for name, found in scored.the_same(places, split)}
    return [[read[run.name] for run in row] for row in rows]


def _counts(rows: Sequence[dict], unplaced: dict[str, list[str]]) -> np.ndarray:
    """`scores.count` of `rows` of predictions. unplaced: labels that no token shows, by a post's id."""
    from mmner.evaluate.systems import extended
    from mmner.ner.scores import count

    pairs = [extended(row["gold"], row["predicted"], unplaced.get(row["id"], ())) for row in rows]
    found, _ = count([gold for gold, _ in pairs], [predicted for _, predicted in pairs])
    return found
