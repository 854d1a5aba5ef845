"""Write one HTML file about a run: scores, errors by kind, what helped, every post with its evidence."""

from __future__ import annotations

import argparse
from pathlib import Path


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--run", required=True, help="entry of params.yaml's section runs, evaluated")
    parser.add_argument("--against", metavar="RUN", help="another run, to see what got mended and what broke")
    parser.add_argument(
        "--split", choices=("dev", "test"), default="dev", help="default: %(default)s; nobody tunes on test"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="default: data/runs/RUN/report.html")
    parser.add_argument(
        "--images", type=Path, metavar="FOLDER", help="also write larger images there, which it links to"
    )


def main(args: argparse.Namespace) -> None:
    """Errors: InputError of `mmner.tools.report.write`."""
    from mmner.tools import report

    out = args.out or Path("data/runs") / args.run / "report.html"
    count = report.write(args.run, out, split=args.split, against=args.against, images=args.images)
    print(f"{out}: {count} posts, {out.stat().st_size:,} bytes")
