"""A built table as Markdown and CSV.

A Markdown cell: `73.41 · **82.0 ± 0.4** (83.1 ± 0.3), 3` is published 73.41; ours, strict, mean and sample deviation;
seqeval's default F1; three seeds. `–` is a number that is not there; a superscript leads to the reason below.
"""

from __future__ import annotations

import csv
import io
from decimal import ROUND_HALF_UP, Decimal

from mmner.tools.tables.arithmetic import Gain
from mmner.tools.tables.build import OTHERS, UNSCORED, UNTAGGED, WAITING, Cell, Comparison, Table, label
from mmner.tools.tables.published import Number
from mmner.tools.tables.two_level import enough, least_seeds

LEGEND = (
    "Each cell: published · **ours**, entity-level strict IOB2 in percent, as mean ± sample deviation over seeds; "
    "beside F1, in brackets, seqeval's default F1, which published numbers mix with the strict one; then the "
    "number of seeds. – is what is not there; alone, in a row of another's model, it is the paper's own dash or a "
    "value that the paper does not print."
)
WRITTEN = (
    "Gold is scored as its files have it: an I that continues nothing is no entity for the strict score and one for "
    "the other. Where a test split has no such tag both F1 are equal, since no model here predicts one."
)
PAIRED = (
    "Paired bootstrap over the sentences of test, the seeds of a row pooled (`mmner/tools/tables/arithmetic.py`): "
    "points of strict F1, 95% interval, and p, the share of resamples in which the first row is not above the second. "
    "Then the same over seeds and sentences (`mmner/tools/tables/two_level.py`), for the mean of the seeds' F1, and "
    "how many seeds a row a true difference of that size wants to be seen four times in five; – where no number of "
    "seeds would do on so few sentences. Fewer seeds than an interval needs get none."
)
SOURCES = "Methods of others, as the paper cites them; their numbers here are those of the paper's table: "
PLACE = ("table", "row", "group", "column")
SCORES = ("published", "source", "ours", "deviation", "seeds", "default_f1", "default_deviation")
PAIR = ("compared_with", "points", "low", "high", "p")
SEEDS = ("seeds_points", "seeds_low", "seeds_high", "seeds_p", "seeds_wanted")  # over seeds and sentences
HEAD = ("profile", *PLACE, *SCORES, *PAIR, *SEEDS, "before", "note")
TO_COME = (WAITING, UNTAGGED, UNSCORED)  # notes of rows that are shown without a number
BEFORE = "as before: not all runs behind it are here"


def markdown(table: Table, profile: str) -> str:
    """The whole file: legend, one Markdown table (or one a group, where groups have several columns), notes, pairs."""
    notes: dict[str, int] = {}
    lines = [f"# {table.name.upper()}: {table.about}", "", f"Profile `{profile}`. {LEGEND}", "", WRITTEN, ""]
    if len(table.columns) == 1:
        heads = [(_warned(table, group, notes), group, table.columns[0]) for group in table.groups]
        lines += _grid(table, heads, notes)
    else:
        for group in table.groups:
            lines += [
                f"## {_warned(table, group, notes)}",
                "",
                *_grid(table, [(name, group, name) for name in table.columns], notes),
            ]
    lines += [f"{number}. {note}" for note, number in notes.items()]
    if table.sources:
        methods = "; ".join(f"{row}: {source}" for row, source in table.sources.items())
        lines += ["", f"{SOURCES}{methods}."]
    if table.compared:
        head = "| group | row | compared with | points | 95% | p | seeds | with seeds, 95% | p | wanted |"
        lines += ["", "## What is above what", "", PAIRED, "", head, "|---" * 10 + "|"]
        order = [(group, label(table.name, row, group)) for group in table.groups for row in table.rows]
        for one in sorted(table.compared, key=lambda one: order.index((one.group, one.other))):
            gain = one.gain
            cells = (
                one.group,
                row_name(one.row),
                row_name(one.other),
                f"{100 * gain.gain:+.1f}",
                f"{100 * gain.low:+.1f} to {100 * gain.high:+.1f}",
                _p(gain),
                f"{one.seeds[0]}, {one.seeds[1]}" + (", as before" if one.before else ""),
                *_with_seeds(one),
            )
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines).rstrip("\n") + "\n"


def comma_separated(table: Table, profile: str) -> str:
    """One line a cell, numbers in full, then the row that claims to be above it and by how many points it is."""
    compared = {(one.group, one.other): one for one in table.compared}
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEAD)
    for cell in table.cells.values():
        ours = cell.ours
        numbers = ["", "", "", "", ""]
        if ours:
            default = ours.default or (None, None)
            numbers = [_full(ours.mean), _full(ours.deviation), ours.seeds, *map(_full, default)]
        one = compared.get((cell.group, label(table.name, cell.row, cell.group))) if cell.column == "F1" else None
        pair = [""] * len((*PAIR, *SEEDS))
        if one:
            pair = [one.row, *_points(one.gain), *_points(one.both), "" if one.wanted is None else one.wanted]
        published = "" if cell.published is None else cell.published
        source = table.sources.get(cell.row, "")
        place = profile, table.name, cell.row, cell.group, cell.column
        before = "yes" if cell.before else ""
        writer.writerow([*place, published, source, *numbers, *pair, before, cell.note])
    return text.getvalue()


def _points(gain: Gain | None) -> list[str]:
    """Points, low, high and p in full."""
    return [""] * 4 if gain is None else [*(_full(100 * x) for x in (gain.gain, gain.low, gain.high)), _full(gain.p)]


def _p(gain: Gain) -> str:
    return "<0.001" if gain.p < 0.001 else f"{gain.p:.3f}"


def _with_seeds(one: Comparison) -> tuple[str, str, str]:
    """The interval over seeds and sentences, its p, and the seeds wanted."""
    if one.both is None:
        return ("", "", "") if enough(one.seeds) else (f"wants {least_seeds(2)} seeds each", "", "")
    interval = f"{100 * one.both.low:+.1f} to {100 * one.both.high:+.1f}"
    return interval, _p(one.both), "–" if one.wanted is None else str(one.wanted)


def _grid(table: Table, columns: list[tuple[str, str, str]], notes: dict[str, int]) -> list[str]:
    """Rows by `columns` (heading, group, column), leaving out rows that have nothing in any of them."""
    lines = [f"| | {' | '.join(heading for heading, *_ in columns)} |", "|---" * (len(columns) + 1) + "|"]
    for row in table.rows:
        cells = [table.cells[row, group, column] for _, group, column in columns]
        if any(cell.ours or cell.published is not None or cell.note.startswith(TO_COME) for cell in cells):
            lines.append(f"| {row_name(row)} | {' | '.join(_cell(cell, notes) for cell in cells)} |")
    return [*lines, ""]


def _warned(table: Table, group: str, notes: dict[str, int]) -> str:
    """A group as it heads its numbers, with a mark where something is to know of the published ones."""
    if not (caution := table.cautions.get(group)):
        return group
    return f"{group}<sup>{notes.setdefault(caution, len(notes) + 1)}</sup>"


def _cell(cell: Cell, notes: dict[str, int]) -> str:
    mark = ""
    note = "; ".join(filter(None, (BEFORE if cell.before else "", cell.note)))
    if note and note != OTHERS and (cell.ours is None or cell.column == "F1"):
        mark = f"<sup>{notes.setdefault(note, len(notes) + 1)}</sup>"
    published = number(cell.published)
    if cell.ours is None:
        return published if cell.note == OTHERS else f"{published} · –{mark}"
    ours = f"**{_spread(cell.ours.mean, cell.ours.deviation)}**"
    default = f" ({_spread(*cell.ours.default)})" if cell.ours.default else ""
    return f"{published} · {ours}{default}, {cell.ours.seeds}{mark}"


def row_name(row: str) -> str:
    """The name of a row, that of a user's system too, as a cell of Markdown."""
    return " ".join(row.split()).replace("|", "\\|")


def number(value: Number) -> str:
    """As the papers print it: counts whole, scores with two decimals."""
    return "–" if value is None else f"{value:,}" if isinstance(value, int) else f"{value:.2f}"


def _spread(mean: float, deviation: float | None) -> str:
    return _short(mean) if deviation is None else f"{_short(mean)} ± {_short(deviation)}"


def _short(value: float) -> str:
    """One decimal of the number that stands in the CSV, so that a kept one is printed as it was: 72.5500 is 72.6."""
    return str(Decimal(_full(value)).quantize(Decimal("0.1"), ROUND_HALF_UP))


def _full(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"
