"""Drop rows of the store that no artifact uses: says how many and how large; drops nothing without --drop."""

from __future__ import annotations

import argparse
from pathlib import Path


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--drop", action="store_true", help="drop them, after a question")
    parser.add_argument("--yes", action="store_true", help="with --drop: without the question")
    parser.add_argument(
        "--keep-days", type=float, default=30.0, metavar="N", help="keep what was made lately (default: %(default)g)"
    )
    parser.add_argument("--all-commits", action="store_true", help="rows that any commit's dvc.lock names are used")
    parser.add_argument(
        "--marks", action="store_true", help="also what stages looked up or asked: pages, LLM answers, looks, digests"
    )
    parser.add_argument("--prepared", type=Path, default=Path("data/prepared"), help="default: %(default)s")


def main(args: argparse.Namespace) -> None:
    """Errors: InputError of the store; `not-confirmed` where nobody can be asked."""
    from mmner.rows.store import Store
    from mmner.tools.costs import unused

    store = Store()
    found = unused.used(args.prepared, args.all_commits)
    chosen = unused.unused(store, found, args.keep_days, args.marks)
    before = unused.size(store)
    print(f"{store.path}: {before / 1e6:.1f} MB")
    print(f"{found.artifacts} artifacts of this clone use {len(found.fingerprints)} rows")
    if found.absent:
        print(
            f"warning: {found.absent} artifacts that dvc.lock names are not in DVC's cache: their rows count as unused"
        )
    if not args.all_commits:
        print("only the working tree and the tips of branches, tags and experiments count; --all-commits: the history")
    print(
        "warning: clones and worktrees that share this DVC cache share the store; what they alone use is not seen here"
    )
    print(
        f"unused and older than {args.keep_days:g} days: {len(chosen.rows)} rows, {len(chosen.marks)} marks "
        f"({chosen.size / 1e6:.1f} MB), {len(chosen.files)} training states and taggers "
        f"({sum(chosen.files.values()) / 1e6:.1f} MB)"
    )
    if not (chosen.rows or chosen.marks or chosen.files):
        return
    if not args.drop:
        print("nothing was dropped: --drop does that")
        return
    if not args.yes:
        _confirm()
    unused.drop(store, chosen)
    print(f"dropped; the store takes {unused.size(store) / 1e6:.1f} MB now")


def _confirm() -> None:
    import sys

    from mmner.base.errors import InputError

    if not sys.stdin.isatty() or input("Drop them? What is needed again is computed and paid again. [y/N] ") != "y":
        raise InputError("not-confirmed", "nothing was dropped", remedy="answer y, or add --yes")
