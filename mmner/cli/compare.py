"""Hold one row of runs against another: over posts, over seeds and posts, and how many seeds a difference wants."""

from __future__ import annotations

import argparse
from pathlib import Path

from mmner.base.options import FOLDERS


def arguments(parser: argparse.ArgumentParser) -> None:
    about = "runs that differ in their seeds alone; or a system"
    parser.add_argument("--first", nargs="+", action="extend", required=True, metavar="RUN", help=about)
    parser.add_argument(
        "--second", nargs="+", action="extend", required=True, metavar="RUN", help="the same, to be below"
    )
    parser.add_argument("--split", choices=("dev", "test"), default="test", help="default: %(default)s")
    parser.add_argument(
        "--points", type=float, metavar="P", help="a claimed difference of F1: fewer seeds than it wants are refused"
    )
    parser.add_argument("--params", type=Path, default=Path("params.yaml"), help="default: %(default)s")
    parser.add_argument("--runs", type=Path, default=FOLDERS["runs"], help="where runs lie (%(default)s)")


def main(args: argparse.Namespace) -> None:
    """Errors: InputError of mmner.tools.tables.compare, `bad-option`."""
    from mmner.base import options, project
    from mmner.tools.tables import compare

    if args.points is not None:
        options.check_number("--points", args.points, 0.01, 100)
    everything = project.load(args.params)
    content = everything.looked_up(everything.places[0])
    found = compare.compare(args.first, args.second, content, args.runs, args.split, args.points)
    print(compare.text(found, args.first[0], args.second[0]))
