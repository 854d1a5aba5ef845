"""Take a batch that its LLM server has lost for over, so that the next run submits its requests again."""

from __future__ import annotations

import argparse


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("batch", help="its id, as the error batch-lost says")
    parser.add_argument("--base-url", required=True, help="of the variant that submitted it")


def main(args: argparse.Namespace) -> None:
    """Errors: InputError `unknown-batch`."""
    from mmner.llm import batch_marks
    from mmner.rows.store import Store

    batch_marks.forget(args.batch, args.base_url, Store())
    print(f"forgot {args.batch}; the next run submits its unanswered requests again")
