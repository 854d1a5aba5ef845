"""Renew what is generated in README.md and docs/architecture.md, and the picture of one example's way."""

from __future__ import annotations

import argparse
from pathlib import Path

PICTURE = Path("docs/figures/example.svg")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--preparation", default="sample", help="of the picture (default %(default)s)")
    parser.add_argument("--run", default="sample-full", help="whose predictions it shows (default %(default)s)")


def main(args: argparse.Namespace) -> None:
    """Errors: InputError where a marker of a page or an artifact is missing."""
    from mmner.tools.docs import example, readme

    for page in readme.PAGES:
        text = readme.fill(page, Path(page).read_text(encoding="utf-8"), Path.cwd())
        Path(page).write_text(text, encoding="utf-8")
    picture = example.walkthrough(example.read(Path.cwd(), args.preparation), example.predictions(Path.cwd(), args.run))
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_text(picture, encoding="utf-8")
    print(f"wrote {', '.join(readme.PAGES)} and {PICTURE}")
