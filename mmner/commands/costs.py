"""Tokens and money that language models took, a stage and preparation."""

from __future__ import annotations

import argparse
from pathlib import Path


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--prepared", type=Path, default=Path("data/prepared"), help="default: %(default)s")
    parser.add_argument("--all", action="store_true", help="also stages that took no tokens and no money")


def main(args: argparse.Namespace) -> None:
    """Reads `<prepared>/<preparation>/<stage>.rows.parquet`. A row that preparations share was paid once: the total
    counts its fingerprint once."""
    from mmner import artifacts

    print(f"{'preparation':24} {'stage':12} {'rows':>7} {'tokens':>12} {'money':>12} {'seconds':>10}")
    seen: dict[str, dict] = {}
    for path in sorted(args.prepared.glob("*/*.rows.parquet")):
        rows = artifacts.read(path, "rows")
        once = {row["fingerprint"]: row for row in rows}
        seen |= once
        line = (path.parent.name, path.name.removesuffix(".rows.parquet"), len(rows), *_sums(once.values()))
        if args.all or line[3] or line[4]:
            print(_line(*line))
    print(_line("total, shared rows once", "", len(seen), *_sums(seen.values())))


def _sums(rows) -> tuple[int, float, float]:
    columns = ("tokens", "money", "seconds")
    return tuple(sum(row[column] or 0 for row in rows) for column in columns)


def _line(preparation: str, stage: str, rows: int, tokens: int, money: float, seconds: float) -> str:
    return f"{preparation:24} {stage:12} {rows:7} {tokens:12} {money:12.6f} {seconds:10.1f}"
