"""Write what a run was scored on as CoNLL, gold and predictions apart, for any other scorer."""

from __future__ import annotations

import argparse
from pathlib import Path

from mmner.base.options import FOLDERS

SPLITS = ("dev", "test")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="RUN", help="of params.yaml, evaluated; or a system, tagged")
    parser.add_argument("--split", choices=SPLITS, help="this one alone; else dev, and test where it was scored")
    parser.add_argument("--out", type=Path, default=Path("data/conll"), help="folder to write (default: %(default)s)")
    parser.add_argument("--runs", type=Path, default=FOLDERS["runs"], help="where runs lie (%(default)s)")


def main(args: argparse.Namespace) -> None:
    """Errors: InputError of mmner.tools.score.conll."""
    from mmner.evaluate import scored
    from mmner.tools.score import conll

    splits = (args.split,) if args.split else SPLITS
    for file, posts in conll.write(args.name, scored.place(args.name, args.runs), args.out, splits):
        print(f"{file}: {posts} posts")
