"""Look whether all is there that preparations and runs need, before a long run: networks, servers, keys, files."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--preparation", action="append", metavar="NAME", help="look at this one; repeatable")
    parser.add_argument(
        "--run", action="append", metavar="NAME", help="look at this one and its preparation; default: all of both"
    )
    parser.add_argument("--timeout", type=float, default=5.0, help="seconds for each server (default %(default)s)")
    parser.add_argument("--data", type=Path, default=Path("data/raw"), help="where corpora lie (%(default)s)")
    parser.add_argument("--params", type=Path, default=Path("params.yaml"), help="default: %(default)s")


def main(args: argparse.Namespace) -> None:
    """One line a finding; status 1 where one says FAIL. Errors: InputError of reading params.yaml."""
    from collections import Counter

    from huggingface_hub.constants import ENDPOINT

    from mmner.base import params
    from mmner.tools import doctor

    everything = params.load(args.params)
    chosen = args.preparation or args.run
    preparations = args.preparation or [] if chosen else list(everything.get("preparations") or {})
    runs = args.run or [] if chosen else list(everything.get("runs") or {})
    met: Counter[str] = Counter()
    for about, finding in doctor.examine(
        everything, preparations, runs, raw=args.data, timeout=args.timeout, hub=ENDPOINT
    ):
        met[finding.status] += 1
        print(finding.line(about), flush=True)
    print(", ".join(f"{met[status]} {status}" for status in ("ok", "warn", "FAIL")))
    sys.exit(1 if met["FAIL"] else 0)
