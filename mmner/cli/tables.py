"""Write the papers' tables, published numbers beside ours, as Markdown and CSV."""

from __future__ import annotations

import argparse
from pathlib import Path

from mmner.base.options import FOLDERS

COMMITTED = Path("docs/tables")
COMMITTED_PROFILE = "minilm"
TABLES = ("tvo1", "tvo2", "tvo3", "iac1", "iac2", "iac3", "iac4", "iac5", "iac6")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--only", action="append", choices=TABLES, metavar="TABLE", help="this one; repeatable")
    parser.add_argument("--out", type=Path, default=Path("data/tables"), help="folder to write (default: %(default)s)")
    parser.add_argument(
        "--fresh", action="store_true", help="leave out numbers of a table written before whose runs are not here"
    )
    parser.add_argument("--profile", default=COMMITTED_PROFILE, help="minilm or papers: whose runs (%(default)s)")
    parser.add_argument("--runs", type=Path, default=FOLDERS["runs"], help="where runs lie (%(default)s)")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write every published number there, with its tier")
    parser.add_argument("--params", type=Path, default=Path("params.yaml"), help="of systems (default: %(default)s)")
    parser.add_argument("--data", type=Path, default=FOLDERS["data"], help="where corpora lie (%(default)s)")


def main(args: argparse.Namespace) -> None:
    """Errors: InputError of mmner.tools.tables and mmner.tools.experiments."""
    from mmner.base import params
    from mmner.base.atomic import atomic_write, write_text
    from mmner.tools.tables import build, previous, render, sizes, systems, tiers

    content = params.load(args.params) if args.params.is_file() else {}
    made = []
    for name in args.only or TABLES:
        old = None if args.fresh else _previous(name, args)
        if name in sizes.TABLES:
            counts = sizes.build(name, args.data)
            counts = previous.keep_sizes(counts, old) if old else counts
            texts, cells = (sizes.markdown(counts), sizes.comma_separated(counts)), counts.cells
            made.append((counts, ""))
        else:
            table = build.build(name, args.profile, args.runs, systems.shown(name, content))
            table = previous.keep_scores(table, args.profile, old) if old else table
            texts = render.markdown(table, args.profile), render.comma_separated(table, args.profile)
            cells = table.cells.values()
            made.append((table, args.profile))
        args.out.mkdir(parents=True, exist_ok=True)
        for suffix, text in zip(("md", "csv"), texts, strict=True):
            with atomic_write(args.out / f"{name}.{suffix}") as temporary:
                temporary.write_text(text, encoding="utf-8")
        ours = [cell for cell in cells if cell.ours is not None]
        kept = sum(cell.before for cell in ours)
        print(f"{args.out / name}.md, .csv: {len(ours)} numbers of ours, {kept} of them as before")
    if args.csv is not None:
        rows = tiers.rows(made)
        write_text(args.csv, tiers.comma_separated(rows))
        counted = [f"{sum(row[7] == tier for row in rows)} {tier}" for tier in tiers.TIERS]
        print(f"{args.csv}: {len(rows)} published numbers, {', '.join(counted)}")


def _previous(name: str, args: argparse.Namespace) -> Path | None:
    """The CSV whose numbers the table keeps: that in the folder to write, else the committed one, of its profile."""
    if (path := args.out / f"{name}.csv").is_file():
        return path
    path = COMMITTED / f"{name}.csv"
    return path if path.is_file() and args.profile == COMMITTED_PROFILE else None
