"""A table as cells: what is printed, what ours came to, and why nothing of ours is there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mmner.tools.experiments import definitions, plan
from mmner.tools.experiments.plan import Planned
from mmner.tools.tables import ours
from mmner.tools.tables.arithmetic import Gain
from mmner.tools.tables.ours import Score
from mmner.tools.tables.published import Number, Published, cautions, table

WAITING = "not trained here yet"
NO_MENTION = "no such mention in test or prediction"
OTHERS = "another model's: published only"
AVERAGE = "Avg."
CROSSNER = tuple(f"crossner-{domain}" for domain in ("politics", "science", "music", "literature", "ai"))
Place = tuple[str, str]  # (row, group of columns), as printed; ours may have more


@dataclass(frozen=True)
class Cell:
    """One number. note: what a reader has to know about ours, or why there is none. before: whether ours is of a table
    that was written before, since its runs are not all here (`mmner.tools.tables.before`)."""

    row: str
    group: str
    column: str
    published: Number
    ours: Score | None
    note: str
    before: bool = False


@dataclass(frozen=True)
class Compared:
    """Row `row`, which claims to be above it, against row `other` in a group; seeds: of each; before: as in a cell."""

    group: str
    row: str
    other: str
    gain: Gain
    seeds: tuple[int, int]
    before: bool = False


@dataclass(frozen=True)
class Table:
    """A paper's table, with ours. rows, groups, columns: in order; those of ours that are not printed come last.

    sources: who published the method of each row that is another's, as the paper cites it.
    cautions: what to know of a group's published scores.
    """

    name: str
    about: str
    rows: list[str]
    groups: list[str]
    columns: list[str]
    sources: dict[str, str]
    cautions: dict[str, str]
    cells: dict[tuple[str, str, str], Cell]
    compared: list[Compared]


def build(name: str, profile: str, folder: Path) -> Table:
    """Table `name` with the runs of `profile` in `folder` (data/runs). Errors: InputError of what it reads."""
    printed = table(name)
    places = placed(name, profile)
    rows = list(dict.fromkeys([*printed.rows, *(row for row, _ in places)]))
    groups = list(dict.fromkeys([*printed.groups, *(group for _, group in places)]))
    cells = {}
    for row in rows:
        for group in groups:
            runs = places.get((row, group), [])
            there = ours.scored(runs, folder)
            for column in printed.columns:
                if group == AVERAGE:
                    domains = [
                        places.get((row, one), []) for one, corpus in printed.groups.items() if corpus in CROSSNER
                    ]
                    found = ours.average([ours.scored(one, folder) for one in domains], column, folder)
                else:
                    found = ours.score(there, column, folder)
                if found:
                    why = "; ".join(filter(None, (runs[0].note, ours.shots(there, folder)))) if runs else ""
                else:
                    why = NO_MENTION if there else _empty(name, profile, printed, row, group, runs)
                value = printed.value(row, group, column)
                cells[row, group, column] = Cell(row, group, column, value, found, why)
    compared = _compared(name, profile, places, groups, folder)
    beside = printed.sources(), cautions(name)
    return Table(name, printed.about, rows, groups, printed.columns, *beside, cells, compared)


def placed(name: str, profile: str) -> dict[Place, list[Planned]]:
    """Where a table shows which runs: those of one place differ in their seeds."""
    printed = table(name)
    places: dict[Place, list[Planned]] = {}
    for run in plan.whole(name, profile):
        if (place := _place(name, printed, run)) is not None:
            places.setdefault(place, []).append(run)
    return places


def label(name: str, row: str, group: str) -> str:
    """How a comparison of table `name` calls a place: of few shots, rows are compared with themselves at another K."""
    return f"{row} {group}" if name == "iac6" else row


def _place(name: str, printed: Published, run: Planned) -> Place | None:
    if name == "iac6":
        rows = {corpus: row for row, corpus in printed.corpora.items()}
        return rows.get(run.corpus, run.corpus), f"{run.shots}-shot"
    groups = [group for group, corpus in printed.groups.items() if corpus == run.corpus]
    if name == "iac5":
        groups = [group for group in groups if group.startswith(f"K={run.shots} ")]
        return (run.label, groups[0]) if groups else None
    return run.label, groups[0] if groups else run.corpus


def _empty(name: str, profile: str, printed: Published, row: str, group: str, runs: list[Planned]) -> str:
    """Why nothing of ours stands there."""
    if runs:
        command = "" if profile == "minilm" else f" --profile {profile}"
        return f"{WAITING}: `python -m mmner experiments add {name}{command}`, then `dvc repro`"
    definition, (engines, _) = definitions.load(name), definitions.profile(profile)
    own = {one.name for one in definitions.rows(definition.rows).values()} | {
        run.label for run in plan.whole(name, profile)
    }
    if row not in own and row not in printed.corpora:
        return OTHERS
    if group == AVERAGE:
        return "a mean over all five domains, of which not all are there"
    corpus = printed.corpora.get(row) or printed.groups.get(group) or group
    for reasons in (definition.empty.get(profile, {}), engines.empty):
        for key in (row, corpus):
            if key in reasons:
                return f"not run here: {reasons[key]}"
    return f"no part of profile {profile}"


def _compared(
    name: str, profile: str, places: dict[Place, list[Planned]], groups: list[str], folder: Path
) -> list[Compared]:
    """The claiming row against each other one of a group; of few shots, each K against the one before."""
    there = {place: runs for place, planned in places.items() if (runs := ours.scored(planned, folder))}
    pairs = []
    if name == "iac6":
        for row in dict.fromkeys(row for row, _ in there):
            shots = [place for place in there if place[0] == row]
            pairs += [(more, fewer) for fewer, more in zip(shots, shots[1:], strict=False)]
    elif first := definitions.load(name).claim(profile):
        pairs = [((first, group), place) for group in groups for place in there if place[1] == group]
    found = []
    for row, other in pairs:
        if row != other and row in there:
            gain = ours.gain(there[row], there[other], folder)
            seeds = len(there[row]), len(there[other])
            found.append(Compared(other[1], label(name, *row), label(name, *other), gain, seeds))
    return found
