"""Show examples of a preparation: the image with its regions, sentence, caption, candidates, facts and chain."""

from __future__ import annotations

import argparse
from pathlib import Path


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--preparation", required=True, help="entry of params.yaml's section preparations")
    parser.add_argument("--count", type=int, default=5, help="how many examples (default %(default)s)")
    parser.add_argument("--split", choices=("train", "dev", "test"), default="train", help="of a page (%(default)s)")
    parser.add_argument(
        "--out", type=Path, required=True, help="FILE.html, a page as of `report`; or a folder for SVGs"
    )


def main(args: argparse.Namespace) -> None:
    """Errors: InputError `bad-option`, those of mmner.tools.docs.example."""
    from mmner.base import options
    from mmner.tools.docs import example

    options.check_number("--count", args.count, 1, 100_000)
    if args.out.suffix == ".html":
        from mmner.tools import report

        count = report.gallery(args.preparation, args.out, split=args.split, count=args.count)
        print(f"{args.out}: {count} examples of {args.split}")
        return
    args.out.mkdir(parents=True, exist_ok=True)
    pictures = example.gallery(example.read(Path.cwd(), args.preparation), args.count)
    for number, (name, picture) in enumerate(pictures, 1):
        path = args.out / f"{number}.svg"
        path.write_text(picture, encoding="utf-8")
        print(f"{path}: example {name}")
    if len(pictures) < args.count:
        print(f"{len(pictures)} of {args.count}: no other example has an image, a caption, a region and a chain")
