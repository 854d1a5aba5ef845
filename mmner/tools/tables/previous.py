"""Keeping the numbers of a table written before, where their runs or corpora are not on this machine.

Reads: a table's CSV as `render` and `sizes` write it. In a table of scores, a (row, group) stands for some runs. Where
the CSV has more seeds of it than are scored here, all its numbers are kept, with the comparisons in which it is.
A count of a corpus is kept where the corpus's files are not here.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mmner.base.errors import InputError
from mmner.tools.tables import build, render, sizes
from mmner.tools.tables.arithmetic import Gain
from mmner.tools.tables.build import Cell, Comparison, Table
from mmner.tools.tables.results import Score
from mmner.tools.tables.sizes import Sizes

LATER = render.SEEDS  # columns that older tables lack
REMEDY = "name another folder with --out, or move this file away"
Row = dict[str, str]
Key = tuple[str, str, str]  # row, group, column


def keep_scores(table: Table, profile: str, path: Path) -> Table:
    """`table` with the numbers of the CSV at `path` whose runs are not all here.

    Errors: InputError `other-table` where the CSV is none of this table, or `other-profile`.
    """
    rows = _read(path, table.name, render.HEAD)
    if other := {row["profile"] for row in rows} - {profile}:
        what = f"a table of profile {other.pop()}, not {profile}"
        raise InputError("other-profile", what, where=str(path), remedy=REMEDY)
    old = {(row["row"], row["group"], row["column"]): row for row in rows}
    more = {key[:2] for key, row in old.items() if key[2] == "F1" and int(row["seeds"] or 0) > _seeds(table, key)}
    cells = {
        key: _cell(cell, old[key]) if key[:2] in more and key in old else cell for key, cell in table.cells.items()
    }
    return replace(table, cells=cells, compared=_comparisons(table, cells, old))


def keep_sizes(fresh: Sizes, path: Path) -> Sizes:
    """`fresh` with the counts of the CSV at `path` whose corpora are not here. Errors: InputError `other-table`."""
    old = {(row["row"], row["group"], row["column"]): row for row in _read(path, fresh.name, sizes.HEAD)}
    cells = []
    for cell in fresh.cells:
        row = old.get((cell.row, cell.group, cell.column))
        if cell.ours is None and row and row["ours"]:
            cell = replace(cell, ours=(int(row["ours"]), int(row["default"])), note="", before=True)
        cells.append(cell)
    return replace(fresh, cells=cells)


def _read(path: Path, name: str, head: Sequence[str]) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
    there = list(reader.fieldnames or ())
    if there == [column for column in head if column not in LATER]:
        rows = [dict.fromkeys(head, "") | row for row in rows]
    elif there != list(head):
        there = []
    if not there or any(row["table"] != name for row in rows):
        what = f"not table {name} as it is written now, so that its numbers can't be kept"
        raise InputError("other-table", what, where=str(path), remedy=REMEDY)
    return rows


def _seeds(table: Table, key: Key) -> int:
    """The number of seeds of the score of ours in a cell."""
    cell = table.cells.get(key)
    return cell.ours.seeds if cell and cell.ours else 0


def _cell(cell: Cell, row: Row) -> Cell:
    ours = None
    if row["ours"]:
        default = (float(row["default_f1"]), _number(row["default_deviation"])) if row["default_f1"] else None
        ours = Score(float(row["ours"]), _number(row["deviation"]), int(row["seeds"]), default)
    return replace(cell, ours=ours, note=row["note"], before=True)


def _number(text: str) -> float | None:
    return float(text) if text else None


def _gain(row: Row, prefix: str = "") -> Gain:
    points, low, high = (float(row[prefix + name]) / 100 for name in ("points", "low", "high"))
    return Gain(points, low, high, float(row[f"{prefix}p"]))


def _comparisons(table: Table, cells: dict[Key, Cell], old: dict[Key, Row]) -> list[Comparison]:
    """The comparisons: those computed here of rows that are not kept, else those of the CSV."""
    fresh = {(one.group, one.other): one for one in table.compared}
    labels = {(build.label(table.name, *key[:2]), key[1]): cell for key, cell in cells.items() if key[2] == "F1"}
    few_shot = {label: cell for (label, _), cell in labels.items()}

    def claiming(label: str, group: str) -> Cell | None:
        return few_shot.get(label) if table.name == "iac6" else labels.get((label, group))

    comparisons = []
    for (label, group), cell in labels.items():
        one, row = fresh.get((group, label)), old.get((cell.row, cell.group, "F1"))
        if one and not (cell.before or claiming(one.row, group).before):
            comparisons.append(one)
            continue
        claims = row["compared_with"] if row else ""
        first = claiming(claims, group)
        if first and first.ours and cell.ours and (first.before or cell.before):
            seeds = tuple(int(old[part.row, part.group, "F1"]["seeds"]) for part in (first, cell))
            both = _gain(row, "seeds_") if row["seeds_p"] else None
            wanted = int(row["seeds_wanted"]) if row["seeds_wanted"] else None
            comparisons.append(Comparison(group, claims, label, _gain(row), seeds, True, both, wanted))
        elif one:
            comparisons.append(one)
    return comparisons
