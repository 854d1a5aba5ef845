"""Write a run's model and pipeline to a folder that tags posts without this repository; push it to the hub."""

from __future__ import annotations

import argparse
from pathlib import Path

from mmner.base.options import repeatable


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--run", required=True, help="entry of params.yaml's section runs, trained")
    parser.add_argument("--to", type=Path, required=True, metavar="FOLDER", help="new, or an export to be replaced")
    repeatable(parser, "--with", "engines", "STAGE=VARIANT", "an engine for a stage whose rows somebody else made")
    parser.add_argument("--example", metavar="TEXT", help="of the model card; its answer is computed")
    parser.add_argument("--push", metavar="OWNER/NAME", help="also upload it to the hub")


def main(args: argparse.Namespace) -> None:
    """Errors: InputError of `mmner.tools.export`."""
    from mmner.base.options import pairs
    from mmner.tools import export

    pipeline = export.export(args.run, args.to, pairs(args.engines, "--with"), args.example)
    size = sum(path.stat().st_size for path in args.to.rglob("*") if path.is_file())
    print(f"{args.to}: {size:,} bytes")
    for one in pipeline.files:
        print(f"  {one.id}: {one.path or f'NOT in it: {one.name}, {one.bytes:,} bytes, {one.digest}'}")
    if args.push:
        print(export.push(args.to, args.push))
