"""What does not add up in the published tables, recomputed from their own cells.

A printed number stands for all that round to it, so something is found only where no unrounded numbers could give what
is printed. An ablation below one that leaves out more (`ablated`) is no wrong number, but against what the table shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, permutations, product

from mmner.tools.tables.published import PAPERS, Paper, Published, paper, table

HALF = 0.005  # half a unit of the last printed digit
SLACK = 1e-9  # of floating point


@dataclass(frozen=True)
class Check:
    """Cells (row, group, column) that one sum holds together. wrong: what does not add up; None where it does."""

    cells: tuple[tuple[str, str, str], ...]
    wrong: str | None


def findings() -> list[str]:
    """What does not add up, a sentence each, in the order of papers and tables."""
    sentences = []
    for name in PAPERS:
        published = paper(name)
        for number, printed in published.tables.items():
            place = f"{name.upper()} table {number}"
            sentences += [f"{place}: {check.wrong}" for check in checks(printed) if check.wrong]
            sentences += [f"{place}: {text}" for text in ablated(printed)]
            sentences += [f"{place}: {text}" for text in claimed(published, number)]
    return sentences + list(twice()) + list(repeated()) + list(shifted())


def checks(printed: Published) -> Iterator[Check]:
    """What can be recomputed of the cells of a table: F1, means over domains, sums over types."""
    yield from harmonic(printed)
    yield from means(printed)
    yield from totals(printed)


def harmonic(printed: Published) -> Iterator[Check]:
    """Whether F1 is what some precision and recall that round to the printed ones give."""
    columns = ("Pre.", "Rec.", "F1")
    if not {*columns} <= set(printed.columns):
        return
    for row, group in product(printed.rows, printed.groups):
        precision, recall, f1 = (printed.value(row, group, column) for column in columns)
        low, high = (f1_of(precision + sign * HALF, recall + sign * HALF) for sign in (-1, 1))
        implied, wrong = f1_of(precision, recall), None
        if not low - HALF - SLACK <= f1 <= high + HALF + SLACK:
            wrong = f"{row} on {group} has P {precision:.2f} and R {recall:.2f}, hence F1 {implied:.2f}, not {f1:.2f}"
        yield Check(tuple((row, group, column) for column in columns), wrong)


def f1_of(precision: float, recall: float) -> float:
    """F1 of a precision and a recall in the same unit; 0 where both are 0."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def means(printed: Published) -> Iterator[Check]:
    """Whether Avg. is the mean of the five domains."""
    if "Avg." not in printed.groups:
        return
    groups = list(printed.groups)[: list(printed.groups).index("Avg.")]
    for row in printed.rows:
        values = [printed.value(row, group, "F1") for group in groups]
        mean, average = sum(values) / len(values), printed.value(row, "Avg.", "F1")
        off = abs(mean - average) > 2 * HALF + SLACK
        wrong = f"the mean of {row} over its {len(values)} domains is {mean:.2f}, not {average:.2f}" if off else None
        yield Check(tuple((row, group, "F1") for group in (*groups, "Avg.")), wrong)


def totals(printed: Published) -> Iterator[Check]:
    """Whether total entities are the sum of the types."""
    if "Total entities" not in printed.rows:
        return
    types = list(printed.rows)[: list(printed.rows).index("Total entities")]
    for group, column in product(printed.groups, printed.columns):
        total, summed = (
            printed.value("Total entities", group, column),
            sum(printed.value(row, group, column) for row in types),
        )
        wrong = f"the types of {group} {column} sum up to {summed}, not {total}" if total != summed else None
        yield Check(tuple((row, group, column) for row in (*types, "Total entities")), wrong)


def ablated(printed: Published) -> Iterator[str]:
    """Ablations whose F1 is below that of another row that leaves out the same and more, `w/o A` below `w/o A+B`."""
    without = {row: set(re.split(r"[+-]", row[4:])) for row in printed.rows if row.startswith("w/o ")}
    for (row, other), group in product(permutations(without, 2), printed.groups):
        if without[row] < without[other]:
            f1, more = (printed.value(one, group, "F1") for one in (row, other))
            if f1 < more:
                yield f"{row} ({f1:.2f}) is below {other} ({more:.2f}) on {group}, though it leaves out less"


def claimed(published: Paper, number: int) -> Iterator[str]:
    """Gains that the cells do not give, and gains over another row than the best of the others."""
    printed = published.tables[number]
    for claim in published.claims.get(number, []):
        ours, other = (printed.value(row, claim.group, claim.column) for row in (claim.of, claim.over))
        if abs(ours - other - claim.points) > 3 * HALF + SLACK:  # three rounded numbers
            yield (
                f"{claim.of} is {ours - other:.2f} above {claim.over} on {claim.group}, not {claim.points:.2f} "
                f"({claim.where})"
            )
        if any(row.startswith("w/o") for row in printed.rows):
            continue  # an ablation's differences are not claims to beat the best
        others = {row: printed.value(row, claim.group, claim.column) for row in printed.rows if row != claim.of}
        best = max(others, key=others.get)
        if others[best] > other:
            yield (
                f"the gain of {claim.points:.2f} on {claim.group} is over {claim.over} ({other:.2f}); over the best "
                f"other row, {best} ({others[best]:.2f}), it is {ours - others[best]:.2f}"
            )


def twice() -> Iterator[str]:
    """What is printed in two tables with different numbers: other models' F1, sizes of corpora, the same few shots."""
    first, second = table("tvo1"), table("iac2")
    corpora = {corpus: group for group, corpus in second.groups.items()}
    for row, (group, corpus) in product(first.rows, first.groups.items()):
        values = first.value(row, group, "F1"), second.value(row, corpora[corpus], "F1")
        if None not in values and values[0] != values[1]:
            yield f"{row} on {group} is {values[0]:.2f} in TVO table 1, {values[1]:.2f} in IAC table 2"
    tweets, sentences = table("tvo3"), table("iac3")
    for row, corpus in sentences.corpora.items():
        for group, split in product(tweets.groups, ("Train", "Dev", "Test")):
            if tweets.groups[group] == corpus:
                values = tweets.value("Total tweets", group, split), sentences.value(row, "", split)
                if values[0] != values[1]:
                    yield f"{group} {split} has {values[0]} tweets in TVO table 3, {values[1]} in IAC table 3"
    small = table("iac6")
    for row, column in product(small.rows, ("20-shot", "50-shot")):
        group = next(
            name
            for name, corpus in table("iac5").groups.items()
            if corpus == small.corpora[row] and name.startswith(f"K={column[:2]} ")
        )
        values = small.value(row, column, "F1"), table("iac5").value("Ours", group, "F1")
        if values[0] != values[1]:
            yield f"{row}, {column}, is {values[0]:.2f} in IAC table 6, {values[1]:.2f} in IAC table 5"


def repeated() -> Iterator[str]:
    """Two rows of different names with the same numbers in tables 1 and 4 of IAC."""
    main, ablations = table("iac1"), table("iac4")
    for row, other in product(main.rows, ablations.rows):
        if all(main.value(row, group, "F1") == ablations.value(other, group, "F1") for group in main.groups):
            yield f"IAC table 4: {other} has the same {len(main.groups)} numbers as {row} in table 1"
    for printed, number in ((main, 1), (ablations, 4)):
        for row, other in combinations(printed.rows, 2):
            if printed.rows[row] == printed.rows[other]:
                yield f"IAC table {number}: {row} and {other} have the same numbers"


def shifted() -> Iterator[str]:
    """LST-NER's K = 50 of IAC table 5 against its row of table 1, where the same numbers stand one domain further."""
    main = [table("iac1").value("LST-NER", group, "F1") for group in list(table("iac1").groups)[:5]]
    few = [table("iac5").value("LST-NER", group, "F1") for group in list(table("iac5").groups)[5:]]
    if few[1:4] == main[2:5] and few[1:4] != main[1:4]:
        domains = list(table("iac1").groups)
        yield (
            f"IAC table 5: LST-NER's K = 50 has {few[1]:.2f}, {few[2]:.2f}, {few[3]:.2f} under {domains[1]}, "
            f"{domains[2]}, {domains[3]}; table 1 has them under {domains[2]}, {domains[3]}, {domains[4]}, and "
            f"{main[1]:.2f} under {domains[1]}: one of the two is shifted by a column"
        )
