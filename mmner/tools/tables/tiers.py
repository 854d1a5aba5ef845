"""How far each published number can be trusted, and all of them as one CSV.

as printed       copied from the paper, and that is all that is known of it
adds up          what the table's own sums say of it holds: F1 of P and R, a mean over domains, a sum over types
reproduced here  counted in the files here, or met by runs here: at least three seeds, whose mean is no more than a
                 point away, and of which one more would fall as far away in 5% of cases or more
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mmner.tools.tables import audit
from mmner.tools.tables.build import Table
from mmner.tools.tables.published import Number, Published, table
from mmner.tools.tables.results import Score
from mmner.tools.tables.sizes import Sizes

AS_PRINTED, ADDS_UP, REPRODUCED = TIERS = ("as printed", "adds up", "reproduced here")
SEEDS, POINTS, CONFIDENCE = 3, 1.0, 0.975
HEAD = ("paper", "table", "row", "group", "column", "corpus", "published", "tier", "why", "source")
OURS = ("profile", "ours", "deviation", "seeds", "default_f1")
Key = tuple[str, str, str]  # row, group, column


@dataclass(frozen=True)
class Tier:
    """why: what shows it, or what does not add up."""

    tier: str
    why: str


def of_table(printed: Published, ours: dict[Key, Score | tuple[int, int] | None]) -> dict[Key, Tier]:
    """The tier of each number of `printed`. ours: our score of a cell, or (strict, default) counts."""
    good, wrong = _checked(printed)
    tiers = {}
    for row in printed.rows:
        for group in printed.groups:
            for column in printed.columns:
                key = row, group, column
                value = printed.value(*key)
                if value is None:
                    continue
                tier = Tier(ADDS_UP, "") if key in good and key not in wrong else Tier(AS_PRINTED, wrong.get(key, ""))
                if how := _met(value, ours.get(key)):
                    tier = Tier(REPRODUCED, "; ".join(filter(None, (how, tier.why))))
                tiers[key] = tier
    return tiers


def rows(tables: Iterable[tuple[Table | Sizes, str]]) -> list[list]:
    """A row of HEAD and OURS for each published number of `tables`: (built table, profile of its runs)."""
    found = []
    for built, profile in tables:
        printed = table(built.name)
        cells = built.cells if isinstance(built.cells, dict) else {(c.row, c.group, c.column): c for c in built.cells}
        ours = {key: cell.ours for key, cell in cells.items()}
        sources = printed.sources()
        for key, tier in of_table(printed, ours).items():
            row, group, column = key
            corpus = printed.corpora.get(row) or printed.groups.get(group) or ""
            place = built.name[:3], built.name, *key, corpus, printed.value(*key)
            mine = _ours(ours.get(key))
            found.append([*place, tier.tier, tier.why, sources.get(row, ""), profile if mine[0] else "", *mine])
    return found


def comma_separated(lines: Sequence[Sequence]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([(*HEAD, *OURS), *lines])
    return text.getvalue()


def _checked(printed: Published) -> tuple[set[Key], dict[Key, str]]:
    """The cells in some sum, and of those in one that is wrong what is wrong."""
    good: set[Key] = set()
    wrong: dict[Key, str] = {}
    for check in audit.checks(printed):
        good |= {*check.cells}
        if check.wrong:
            wrong |= dict.fromkeys(check.cells, f"does not add up: {check.wrong}")
    return good, wrong


def _met(value: Number, ours: Score | tuple[int, int] | None) -> str:
    """How `ours` reproduces the published `value`; "" where it does not."""
    if isinstance(ours, tuple):
        return "counted in the files" if value in ours else ""
    if ours is None or ours.seeds < SEEDS or not ours.deviation:
        return ""
    from scipy.stats import t

    reach = t.ppf(CONFIDENCE, ours.seeds - 1) * ours.deviation * (1 + 1 / ours.seeds) ** 0.5
    if abs(ours.mean - value) > min(reach, POINTS) + audit.HALF + audit.SLACK:
        return ""
    return f"{ours.mean:.2f} ± {ours.deviation:.2f} here, {ours.seeds} seeds"


def _ours(ours: Score | tuple[int, int] | None) -> list:
    if ours is None:
        return ["", "", "", ""]
    if isinstance(ours, tuple):
        return [ours[0], "", "", ours[1]]
    deviation, default = ours.deviation, ours.default
    return [
        f"{ours.mean:.4f}",
        "" if deviation is None else f"{deviation:.4f}",
        ours.seeds,
        f"{default[0]:.4f}" if default else "",
    ]
