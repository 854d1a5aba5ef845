"""Tables of papers as printed: mmner/catalogue/published. Experiments are those of the first two papers alone."""

from __future__ import annotations

from functools import cache

import pydantic

from mmner.base import params, yaml_files
from mmner.base.errors import InputError
from mmner.tools import catalogue

FOLDER = catalogue.FOLDER / "published"
PAPERS = ("tvo", "iac", "mqspn")  # in the order of what is said of them
Number = float | int | None
BESIDE = {"modality", "source"}  # keys of a row that are no groups


class Published(params.Params):
    """One printed table.

    columns: of each group. groups: a group of columns as printed -> our corpus, null where it is none.
    corpora: likewise for rows that are corpora. ours: the row of the paper's own model. rows: row -> group -> its
    numbers, one a column, null where a dash is printed; beside them `modality`, where the table has that column, and
    `source`, which a row of another's model must have: who published that method, as the paper cites it.
    """

    about: str
    columns: list[str]
    groups: dict[str, str | None]
    corpora: dict[str, str] = {}
    ours: str | None = None
    rows: dict[str, dict[str, list[Number] | str]]

    def value(self, row: str, group: str, column: str) -> Number:
        """The number printed in a cell; None for a dash, or where the table has no such cell."""
        numbers = self.rows.get(row, {}).get(group)
        return None if numbers is None or column not in self.columns else numbers[self.columns.index(column)]

    def sources(self) -> dict[str, str]:
        """Who published the method of each row that is another's."""
        return {name: row["source"] for name, row in self.rows.items() if "source" in row}

    @pydantic.model_validator(mode="after")
    def _whole(self):
        for name, row in self.rows.items():
            if wrong := [key for key in row if isinstance(row[key], str) != (key in BESIDE)]:
                raise ValueError(f"row {name}, {wrong[0]}: text where numbers belong, or numbers where text does")
            groups = row.keys() - BESIDE
            if groups != self.groups.keys():
                raise ValueError(f"row {name} has the groups {sorted(groups)}")
            if wrong := [group for group in groups if len(row[group]) != len(self.columns)]:
                raise ValueError(f"row {name}, group {wrong[0]}: not one number a column")
            others = self.ours is not None and name != self.ours and not name.startswith("w/o")
            if others != bool(row.get("source")):
                raise ValueError(f"row {name}: " + ("no source" if others else "a source, of the paper's own model"))
        return self


class Claim(params.Params):
    """A difference that the paper states: row `of` above row `over`, in points; where: in the paper."""

    group: str
    column: str
    of: str
    over: str
    points: float
    where: str


class Paper(params.Params):
    """All tables of one paper.

    cautions: corpus -> a warning about the scores on it.
    claims: table -> the differences that the paper states about it.
    """

    paper: str
    tables: dict[int, Published]
    cautions: dict[str, str] = {}
    claims: dict[int, list[Claim]]


@cache
def paper(name: str) -> Paper:
    """Paper `name`, of PAPERS. Errors: InputError `unknown-paper`, `bad-params`."""
    path = FOLDER / f"{name}.yaml"
    if not path.is_file():
        papers = ", ".join(sorted(file.stem for file in FOLDER.glob("*.yaml")))
        raise InputError("unknown-paper", f"no paper {name}", where=str(FOLDER), remedy=f"one of: {papers}")
    text = path.read_text(encoding="utf-8")
    return params.build(Paper, yaml_files.parse(text, name), f"mmner/catalogue/published/{name}.yaml")


def cautions(name: str) -> dict[str, str]:
    """Warnings about the published scores of table `name`, by group. Errors: as of `table`."""
    groups, known = table(name).groups, paper(_split(name)[0]).cautions
    return {group: known[corpus] for group, corpus in groups.items() if corpus in known}


def table(name: str) -> Published:
    """Table `name`, such as tvo1. Errors: InputError `unknown-table`."""
    known = [f"{stem}{number}" for stem in PAPERS for number in paper(stem).tables]
    if name not in known:
        raise InputError("unknown-table", f"no table {name}", remedy=f"one of: {', '.join(known)}")
    stem, number = _split(name)
    return paper(stem).tables[number]


def _split(name: str) -> tuple[str, int]:
    """A table's name as (paper, number): ("tvo", 1)."""
    stem = name.rstrip("0123456789")
    return stem, int(name[len(stem) :])
