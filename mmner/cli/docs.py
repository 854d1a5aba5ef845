"""Renew what is generated in README.md, docs/architecture.md and docs/reference, and the picture of one example's way.

Then every link of the pages is looked up. `make docs` also builds the site of them, into site/.
"""

from __future__ import annotations

import argparse
from pathlib import Path

PICTURE = Path("docs/figures/example.svg")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--preparation", default="sample", help="of the picture (default %(default)s)")
    parser.add_argument("--run", default="sample-full", help="whose predictions it shows (default %(default)s)")


def main(args: argparse.Namespace) -> None:
    """Errors: InputError where a marker of a page or an artifact is missing; `dead-link`."""
    from mmner.__main__ import parser
    from mmner.base.atomic import write_text
    from mmner.tools.docs import example, links, readme, reference

    for page in readme.PAGES:
        text = readme.fill(page, Path(page).read_text(encoding="utf-8"), Path.cwd())
        Path(page).write_text(text, encoding="utf-8")
    for name, text in reference.pages(parser()).items():
        write_text(reference.FOLDER / name, text)
    print(f"wrote {', '.join(readme.PAGES)} and {reference.FOLDER}")
    if (Path("data/runs") / args.run / "predictions.parquet").is_file():
        known, predicted = example.read(Path.cwd(), args.preparation), example.predictions(Path.cwd(), args.run)
        write_text(PICTURE, example.walkthrough(known, predicted))
        print(f"wrote {PICTURE}")
    else:
        print(f"kept {PICTURE}: the run {args.run} is not here (dvc repro evaluate@{args.run})")
    print(f"{links.check(Path.cwd())} links lead somewhere")
