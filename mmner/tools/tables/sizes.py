"""Table 3 of both papers: sentences and entities, counted in the corpora's files.

Entities are counted strictly (an I that continues nothing starts none) and as seqeval does by default (it starts one).
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path

from mmner.corpus import split_files
from mmner.ner import iob
from mmner.tools import catalogue
from mmner.tools.tables.published import Number, table
from mmner.tools.tables.render import number

TABLES = ("tvo3", "iac3")
HEAD = ("table", "row", "group", "column", "published", "ours", "default", "before", "note")
BEFORE = "as before: the files of {} are not here"


@dataclass(frozen=True)
class Counts:
    """Of one split: sentences, and entities of each label, strictly and as seqeval by default."""

    sentences: int
    strict: dict[str, int]
    default: dict[str, int]


@dataclass(frozen=True)
class Size:
    """One number. ours: (strictly, by seqeval's default), equal for what is no entity. note: why there is none of ours.
    before: whether ours is that of a table written before, since the files of `corpus` are not here."""

    row: str
    group: str
    column: str
    published: Number
    ours: tuple[int, int] | None
    note: str
    corpus: str
    before: bool = False


@dataclass(frozen=True)
class Sizes:
    name: str
    about: str
    cells: list[Size]


def build(name: str, data: Path) -> Sizes:
    """Table `name` with the counts of the corpora under `data`. Errors: InputError of the readers."""
    printed = table(name)
    cells = []
    for row, group, column in product(printed.rows, printed.groups, printed.columns):
        corpus = printed.corpora.get(row) or printed.groups[group]
        missing = catalogue.load(corpus).missing(data)
        counted, note = None, ""
        if [file for file in missing if file in _splits(corpus).values()]:
            note = f"the files of {corpus} are not here: `python -m mmner corpus get {corpus}`"
        elif column == "Type Num":
            counted = (len(_labels(corpus)),) * 2
        else:
            counted = _number(counts(corpus, column.lower(), data), row)
        cells.append(Size(row, group, column, printed.value(row, group, column), counted, note, corpus))
    return Sizes(name, printed.about, cells)


@cache
def counts(corpus: str, split: str, data: Path) -> Counts:
    """The counts of `split` (train, dev, test) of catalogue entry `corpus` under `data`. Errors: InputError."""
    file = _splits(corpus)[split]
    names = catalogue.load(corpus).params["corpora"][corpus].get("label_names", {})
    labels = _labels(corpus)
    strict, default = dict.fromkeys(labels, 0), dict.fromkeys(labels, 0)
    sentences = 0
    for post in split_files.read(data / corpus / file, file):
        sentences += 1
        for tags, counted in ((post.tags, strict), (iob.repair(post.tags), default)):
            for *_, label in iob.spans(tags):
                counted[names.get(label, label)] += 1
    return Counts(sentences, strict, default)


def markdown(sizes: Sizes) -> str:
    """Published beside counted; where strict and default counts differ, the default one in brackets."""
    lines = [f"# {sizes.name.upper()}: {sizes.about}", ""]
    lines += [
        "Each cell: published · **counted in the files**; entities strictly, and in brackets as seqeval counts by"
    ]
    lines += ["default, where that differs. – is what is not there.", ""]
    heads = list(dict.fromkeys((cell.group, cell.column) for cell in sizes.cells))
    lines += [f"| | {' | '.join(' '.join(head).strip() for head in heads)} |", "|---" * (len(heads) + 1) + "|"]
    notes: dict[str, int] = {}
    for row in dict.fromkeys(cell.row for cell in sizes.cells):
        lines.append(f"| {row} | {' | '.join(_cell(cell, notes) for cell in sizes.cells if cell.row == row)} |")
    return "\n".join([*lines, "", *(f"{place}. {note}" for note, place in notes.items())]).rstrip("\n") + "\n"


def comma_separated(sizes: Sizes) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEAD)
    for cell in sizes.cells:
        ours = cell.ours or ("", "")
        place = sizes.name, cell.row, cell.group, cell.column
        writer.writerow([*place, cell.published, *ours, "yes" if cell.before else "", cell.note])
    return text.getvalue()


def _cell(cell: Size, notes: dict[str, int]) -> str:
    if cell.ours is None:
        return f"{number(cell.published)} · –<sup>{notes.setdefault(cell.note, len(notes) + 1)}</sup>"
    strict, default = cell.ours
    mark = f"<sup>{notes.setdefault(BEFORE.format(cell.corpus), len(notes) + 1)}</sup>" if cell.before else ""
    lenient = f" ({number(default)})" if default != strict else ""
    return f"{number(cell.published)} · **{number(strict)}**{lenient}{mark}"


def _number(counted: Counts, row: str) -> tuple[int, int]:
    if row in counted.strict:
        return counted.strict[row], counted.default[row]
    if row == "Total entities":
        return sum(counted.strict.values()), sum(counted.default.values())
    return counted.sentences, counted.sentences


def _splits(corpus: str) -> dict[str, str]:
    return catalogue.load(corpus).params["corpora"][corpus]["splits"]


def _labels(corpus: str) -> dict[str, str]:
    return catalogue.load(corpus).params["corpora"][corpus]["labels"]
