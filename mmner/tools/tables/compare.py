"""Two rows of runs or systems against each other, beyond the papers' tables: `python -m mmner compare`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mmner.base import params
from mmner.base.errors import InputError
from mmner.tools.tables import results, two_level
from mmner.tools.tables.arithmetic import RESAMPLES, Gain, paired
from mmner.tools.tables.systems import SystemSpec

BESIDE = ("seed", "remote")  # of a run: no part of what it trains; `shots` has a seed of its own, of its draw


@dataclass(frozen=True)
class NamedRun:
    name: str


@dataclass(frozen=True)
class Compared:
    """paired: over sentences, the seeds pooled. both: over seeds and sentences. wanted: seeds a row for the claim."""

    paired: Gain
    both: two_level.Comparison
    wanted: int | None
    sentences: int


def compare(
    first: Sequence[str], second: Sequence[str], content: dict, folder: Path, split: str, points: float | None
) -> Compared:
    """The runs or systems `first` against `second`. points: a claimed difference, 0..100; None: the one that is seen.

    Errors: InputError `not-seeds` where runs of a row differ in more than their seeds, or a system is not alone in its
    row; `too-few-seeds` where rows have fewer than an interval needs, or than the claim wants; `too-few-sentences`
    where no number would do for the claim; `other-sentences`, `not-scored`, `missing-artifact`, `unknown-entry`.
    """
    rows = [_row(names, content) for names in (first, second)]
    fixed = tuple(len(row) == 1 and isinstance(row[0], SystemSpec) for row in rows)
    seeds = tuple(map(len, rows))
    two_level.check(seeds, fixed)
    counts = results.counts(rows, folder, split)
    both = two_level.compare(*counts, fixed=fixed)
    sentences = len(counts[0][0])
    wanted = both.wanted(None if points is None else points / 100)
    if points is not None:
        _check_claim(points, wanted, [n for n, given in zip(seeds, fixed, strict=True) if not given], both, sentences)
    return Compared(paired(*counts), both, wanted, sentences)


def text(found: Compared, first: str, second: str) -> str:
    """What was found, for people; scores in points."""
    spread = [f"{name}: " + _spread(one) for name, one in zip((first, second), found.both.deviations, strict=True)]
    wanted = f"{found.wanted} seeds a row" if found.wanted else "no number of seeds: the sentences are too few for it"
    return "\n".join(
        [
            f"{first} minus {second}, strict F1 on {found.sentences} posts, {RESAMPLES} resamples",
            f"  over posts, seeds pooled   {_line(found.paired)}",
            f"  over seeds and posts       {_line(found.both.gain)}",
            f"  deviation over seeds       {'; '.join(spread)}",
            f"  to be seen 4 times in 5    {wanted}",
        ]
    )


def _row(names: Sequence[str], content: dict) -> list[NamedRun | SystemSpec]:
    runs, systems = content.get("runs") or {}, content.get("systems") or {}
    row = [SystemSpec(name, "", name) if name in systems and name not in runs else NamedRun(name) for name in names]
    entries = [params.entry(content, "runs", one.name) for one in row if isinstance(one, NamedRun)]
    if len(row) > 1 and len(entries) < len(row):
        what = f"{', '.join(names)} are no row: a system has no seeds, and stands alone"
        raise InputError("not-seeds", what, where="params.yaml: systems", remedy="name one system, or runs alone")
    same = [{key: value for key, value in one.items() if key not in BESIDE} | {"shots": _k(one)} for one in entries]
    seeds = [(one.get("seed"), str(one.get("shots"))) for one in entries]
    if len({*names}) < len(names) or len({*seeds}) < len(seeds) or any(one != same[0] for one in same):
        what = f"{', '.join(names)} are no row: its runs differ in their seeds, and in nothing else"
        raise InputError(
            "not-seeds", what, where="params.yaml: runs", remedy="name runs that are one training, reseeded"
        )
    return row


def _k(run: dict) -> dict:
    """`shots` of `run` without the seed of the draw; {} where it trains on all of train."""
    return {key: value for key, value in (run.get("shots") or {}).items() if key != "seed"}


def _check_claim(
    points: float, wanted: int | None, seeds: list[int], both: two_level.Comparison, sentences: int
) -> None:
    what = f"a difference of {points:g} points"
    if wanted is None:
        error = 100 * both.error
        what += f" is too small for {sentences} posts, which alone leave a standard error of {error:.2f}"
        remedy = "claim no more than the intervals without --points show, or score more posts"
        raise InputError("too-few-sentences", what, remedy=remedy)
    if seeds and min(seeds) < wanted:
        what += f" wants {wanted} seeds a row, and there are {' and '.join(map(str, seeds))}"
        raise InputError("too-few-seeds", what, remedy="train the others; without --points the intervals are shown")


def _spread(deviation: float | None) -> str:
    return "given answers" if deviation is None else f"{100 * deviation:.2f}"


def _line(gain: Gain) -> str:
    p = "<0.001" if gain.p < 0.001 else f"{gain.p:.3f}"
    return f"{100 * gain.gain:+.2f} ({100 * gain.low:+.2f} to {100 * gain.high:+.2f}), p {p}"
