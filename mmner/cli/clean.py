"""Drop rows of the store that no artifact uses: says how many and how large; drops nothing without --drop."""

from __future__ import annotations

import argparse
from pathlib import Path

from mmner.base.options import FOLDERS


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
    parser.add_argument("--prepared", type=Path, default=FOLDERS["prepared"], help="default: %(default)s")


def main(args: argparse.Namespace) -> None:
    """Errors: InputError of the store; `bad-option`; `git-failed`; `not-confirmed` where nobody can be asked."""
    from mmner.base import options
    from mmner.rows.store import Store
    from mmner.tools.costs import garbage

    options.check_number("--keep-days", args.keep_days, 0, 36500)
    store = Store()
    used = garbage.in_use(args.prepared, args.all_commits)
    collected = garbage.collect(store, used, args.keep_days, args.marks)
    before = garbage.store_size(store)
    print(f"{store.path}: {before / 1e6:.1f} MB")
    print(f"{used.artifacts} artifacts of this clone use {len(used.fingerprints)} rows")
    if used.absent:
        print(
            f"warning: {used.absent} artifacts that dvc.lock names are not in DVC's cache: their rows count as unused"
        )
    if not args.all_commits:
        print("only the working tree and the tips of branches, tags and experiments count; --all-commits: the history")
    print(
        "warning: clones and worktrees that share this DVC cache share the store; what they alone use is not seen here"
    )
    print(
        f"unused and older than {args.keep_days:g} days: {len(collected.rows)} rows, {len(collected.marks)} marks "
        f"({collected.size / 1e6:.1f} MB), {len(collected.files)} training states, taggers and vectors "
        f"({sum(collected.files.values()) / 1e6:.1f} MB)"
    )
    if not (collected.rows or collected.marks or collected.files):
        return
    if not args.drop:
        print("nothing was dropped: --drop does that")
        return
    if not args.yes:
        _confirm()
    garbage.delete(store, collected)
    print(f"dropped; the store takes {garbage.store_size(store) / 1e6:.1f} MB now")


def _confirm() -> None:
    import sys

    from mmner.base.errors import InputError

    if not sys.stdin.isatty() or input("Drop them? What is needed again is computed and paid again. [y/N] ") != "y":
        raise InputError("not-confirmed", "nothing was dropped", remedy="answer y, or add --yes")
