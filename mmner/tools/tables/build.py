"""A table as cells: the published number, our score, and why there is none of ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mmner.tools.experiments import definitions, run_specs
from mmner.tools.experiments.run_specs import RunSpec
from mmner.tools.tables import results
from mmner.tools.tables.arithmetic import Gain
from mmner.tools.tables.published import Number, Published, cautions, table
from mmner.tools.tables.results import Score
from mmner.tools.tables.systems import SystemSpec, refused

WAITING = "not trained here yet"
UNTAGGED = "not tagged here yet"
UNSCORED = "test is not scored here"
NO_MENTION = "no such mention in test or prediction"
OTHERS = "another model's: published only"
AVERAGE = "Avg."
CROSSNER = tuple(f"crossner-{domain}" for domain in ("politics", "science", "music", "literature", "ai"))
CellKey = tuple[str, str]  # (row, group of columns), as printed; ours may have more


@dataclass(frozen=True)
class Cell:
    """One number. note: about our score, or why there is none. before: whether our score is that of a table written
    before, since its runs are not all here (`mmner.tools.tables.previous`)."""

    row: str
    group: str
    column: str
    published: Number
    ours: Score | None
    note: str
    before: bool = False


@dataclass(frozen=True)
class Comparison:
    """Row `row` against row `other`, which it claims to be above. seeds: how many each has. before: as in a cell.

    both: the gain over seeds and sentences; None where there are too few seeds, or numbers are kept of a table that had
    none. wanted: how many seeds a row such a gain wants; None where no number would do, or `both` is None.
    """

    group: str
    row: str
    other: str
    gain: Gain
    seeds: tuple[int, int]
    before: bool = False
    both: Gain | None = None
    wanted: int | None = None


@dataclass(frozen=True)
class Table:
    """A paper's table with our scores. rows, groups, columns: in order; those that the paper does not print come last.

    sources: who published the method of each row that is another's, as the paper cites it.
    cautions: warnings about a group's published scores.
    """

    name: str
    about: str
    rows: list[str]
    groups: list[str]
    columns: list[str]
    sources: dict[str, str]
    cautions: dict[str, str]
    cells: dict[tuple[str, str, str], Cell]
    compared: list[Comparison]


def build(name: str, profile: str, folder: Path, systems: Sequence[SystemSpec] = ()) -> Table:
    """Table `name` with the scores of `profile`'s runs in `folder` (data/runs) and of `systems`, beside it.

    Errors: InputError of what it reads; `bad-params` where it has no place for one of `systems`.
    """
    printed = table(name)
    cell_runs, own = runs_by_cell(name, profile), _rows_of_ours(name, profile)
    for system in systems:
        cell_runs.setdefault(_place(name, printed, own, system), []).append(system)
    rows = list(dict.fromkeys([*printed.rows, *(row for row, _ in cell_runs)]))
    groups = list(dict.fromkeys([*printed.groups, *(group for _, group in cell_runs)]))
    cells = {}
    for row in rows:
        for group in groups:
            runs = cell_runs.get((row, group), [])
            scored = results.scored(runs, folder)
            for column in printed.columns:
                if group == AVERAGE:
                    domains = [
                        cell_runs.get((row, one), []) for one, corpus in printed.groups.items() if corpus in CROSSNER
                    ]
                    score = results.average([results.scored(one, folder) for one in domains], column, folder)
                else:
                    score = results.score(scored, column, folder)
                if score:
                    note = "; ".join(filter(None, (runs[0].note, results.shots(scored, folder)))) if runs else ""
                elif runs:
                    note = NO_MENTION if scored else _to_come(name, profile, runs, folder)
                else:
                    note = _reason_empty(name, profile, printed, own, row, group)
                value = printed.value(row, group, column)
                cells[row, group, column] = Cell(row, group, column, value, score, note)
    compared = _comparisons(name, profile, cell_runs, groups, folder)
    sources, warnings = printed.sources(), cautions(name)
    return Table(name, printed.about, rows, groups, printed.columns, sources, warnings, cells, compared)


def runs_by_cell(name: str, profile: str) -> dict[CellKey, list[RunSpec]]:
    """The runs behind each cell of table `name`; those of one cell differ in their seeds."""
    printed = table(name)
    cell_runs: dict[CellKey, list[RunSpec]] = {}
    for run in run_specs.with_borrowed_runs(name, profile):
        if (key := _cell_key(name, printed, run)) is not None:
            cell_runs.setdefault(key, []).append(run)
    return cell_runs


def label(name: str, row: str, group: str) -> str:
    """The label of a cell in comparisons of table `name`; with the group where a row is compared with itself."""
    return f"{row} {group}" if name == "iac6" else row


def _cell_key(name: str, printed: Published, run: RunSpec) -> CellKey | None:
    """The cell in which table `name` shows `run`; None where it does not show it."""
    if name == "iac6":
        rows = {corpus: row for row, corpus in printed.corpora.items()}
        return rows.get(run.corpus, run.corpus), f"{run.shots}-shot"
    groups = [group for group, corpus in printed.groups.items() if corpus == run.corpus]
    if name == "iac5":
        groups = [group for group in groups if group.startswith(f"K={run.shots} ")]
        return (run.label, groups[0]) if groups else None
    return run.label, groups[0] if groups else run.corpus


def _place(name: str, printed: Published, own: set[str], system: SystemSpec) -> CellKey:
    """The cell of table `name` in which `system` stands. own: the rows of ours."""
    if system.label in own:
        what = f"{system.label} is a row of our runs in {name}, whose mean it would change"
        raise refused(system.name, what, "give the row another name")
    if (key := _cell_key(name, printed, system)) is None:
        what = f"{name} has no place for {system.shots} shots of {system.corpus}"
        raise refused(system.name, what, f"take {name} out; its places are {', '.join(printed.groups)}")
    return key


def _rows_of_ours(name: str, profile: str) -> set[str]:
    """The rows of table `name` that a model of ours can have, as printed."""
    own = {one.name for one in definitions.rows(definitions.load(name).rows).values()}
    return own | {run.label for run in run_specs.with_borrowed_runs(name, profile)}


def _to_come(name: str, profile: str, runs: list[RunSpec], folder: Path) -> str:
    """Why a cell of `runs` has no score, and what gives it one."""
    if there := results.evaluated(runs, folder):
        stage, files = ("tag", " (and its file in files)") if isinstance(there[0], SystemSpec) else ("evaluate", "")
        how = f"name it in splits of its entry in section evaluate{files}, then `dvc repro {stage}@{there[0].name}`"
        return f"{UNSCORED}: {how}"
    if isinstance(runs[0], SystemSpec):
        return f"{UNTAGGED}: `dvc repro tag@{runs[0].name}`"
    command = "" if profile == "minilm" else f" --profile {profile}"
    return f"{WAITING}: `python -m mmner experiments add {name}{command}`, then `dvc repro` as it says"


def _reason_empty(name: str, profile: str, printed: Published, own: set[str], row: str, group: str) -> str:
    """Why a cell has no run of ours. own: the rows of ours."""
    definition, (engines, _) = definitions.load(name), definitions.profile(profile)
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


def _comparisons(
    name: str, profile: str, cell_runs: dict[CellKey, list[RunSpec]], groups: list[str], folder: Path
) -> list[Comparison]:
    """The claiming row against each other row of its group; in the few-shot table, each K against the one before."""
    scored = {key: runs for key, specs in cell_runs.items() if (runs := results.scored(specs, folder))}
    pairs = []
    if name == "iac6":
        for row in dict.fromkeys(row for row, _ in scored):
            shots = [key for key in scored if key[0] == row]
            pairs += [(more, fewer) for fewer, more in zip(shots, shots[1:], strict=False)]
    elif first := definitions.load(name).claim(profile):
        pairs = [((first, group), key) for group in groups for key in scored if key[1] == group]
    comparisons = []
    for row, other in pairs:
        if row != other and row in scored:
            gain, both = results.compared(scored[row], scored[other], folder)
            seeds = len(scored[row]), len(scored[other])
            names = other[1], label(name, *row), label(name, *other)
            found = (both.gain, both.wanted()) if both else (None, None)
            comparisons.append(Comparison(*names, gain, seeds, False, *found))
    return comparisons
