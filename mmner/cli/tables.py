"""Write the papers' tables, published numbers beside ours, as Markdown and CSV."""

from __future__ import annotations

import argparse
from pathlib import Path

TABLES = ("tvo1", "tvo2", "tvo3", "iac1", "iac2", "iac3", "iac4", "iac5", "iac6")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--only", action="append", choices=TABLES, metavar="TABLE", help="this one; repeatable")
    parser.add_argument("--out", type=Path, default=Path("docs/tables"), help="folder to write (default: %(default)s)")
    parser.add_argument("--profile", default="minilm", help="minilm or papers: whose runs (%(default)s)")
    parser.add_argument("--runs", type=Path, default=Path("data/runs"), help="where runs lie (%(default)s)")
    parser.add_argument("--data", type=Path, default=Path("data/raw"), help="where corpora lie (%(default)s)")


def main(args: argparse.Namespace) -> None:
    """Errors: InputError of mmner.tools.tables and mmner.tools.experiments."""
    from mmner.tools.tables import build, render, sizes

    args.out.mkdir(parents=True, exist_ok=True)
    for name in args.only or TABLES:
        if name in sizes.TABLES:
            found = sizes.build(name, args.data)
            texts = sizes.markdown(found), sizes.comma_separated(found)
            there = sum(cell.ours is not None for cell in found.cells)
        else:
            table = build.build(name, args.profile, args.runs)
            texts = render.markdown(table, args.profile), render.comma_separated(table)
            there = sum(cell.ours is not None for cell in table.cells.values())
        for suffix, text in zip(("md", "csv"), texts, strict=True):
            (args.out / f"{name}.{suffix}").write_text(text, encoding="utf-8")
        print(f"{args.out / name}.md, .csv: {there} numbers of ours")
