"""Let runs vote: an entity counts where more than half of them have it; CoNLL, which `score` reads."""

from __future__ import annotations

import argparse
from pathlib import Path

from mmner.base.options import FOLDERS


def arguments(parser: argparse.ArgumentParser) -> None:
    about = "of params.yaml, evaluated; or a system, tagged; three or more, such as the seeds of one"
    parser.add_argument("names", nargs="+", metavar="RUN", help=about)
    parser.add_argument("--split", choices=("dev", "test"), default="test", help="default: %(default)s")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="to write, such as data/conll/vote.conll"
    )
    parser.add_argument("--runs", type=Path, default=FOLDERS["runs"], help="where runs lie (%(default)s)")


def main(args: argparse.Namespace) -> None:
    """Errors: InputError of mmner.tools.score.ensemble."""
    from mmner.tools.score import ensemble

    posts = ensemble.write(args.names, args.runs, args.split, args.out)
    print(f"{args.out}: {posts} posts, by a vote of {len(args.names)} runs")
    run = next((name for name in args.names if (args.runs / name).is_dir()), "RUN")
    print(f"next: python -m mmner score --run {run} --split {args.split} {args.out}")
