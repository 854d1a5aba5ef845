"""Look whether all is there that preparations and runs need, before a long run: networks, servers, keys, files."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from mmner.base.options import FOLDERS


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--preparation", action="append", metavar="NAME", help="look at this one; repeatable")
    parser.add_argument(
        "--run", action="append", metavar="NAME", help="look at this one and its preparation; default: all of both"
    )
    parser.add_argument("--timeout", type=float, default=5.0, help="seconds for each server (default %(default)s)")
    parser.add_argument("--data", type=Path, default=FOLDERS["data"], help="where corpora lie (%(default)s)")
    parser.add_argument("--params", type=Path, default=Path("params.yaml"), help="default: %(default)s")


def main(args: argparse.Namespace) -> None:
    """One line a finding; status 1 where one says FAIL."""
    from collections import Counter
    from itertools import chain

    from huggingface_hub.constants import ENDPOINT

    from mmner.base import options
    from mmner.base import project as projects
    from mmner.tools import doctor
    from mmner.tools.doctor.findings import from_error

    options.check_number("--timeout", args.timeout, 0.001, 3600)
    project, errors = projects.readable(args.params)
    broken = [(str(file), from_error(error)) for file, error in errors]
    chosen = args.preparation or args.run
    preparations = args.preparation or [] if chosen else project.names("preparations")
    runs = args.run or [] if chosen else project.names("runs")
    findings = doctor.examine(project, preparations, runs, raw=args.data, timeout=args.timeout, hub=ENDPOINT)
    counts: Counter[str] = Counter()
    for about, finding in chain(broken, findings, _drift(project, preparations, runs, args.data)):
        counts[finding.status] += 1
        print(finding.line(about), flush=True)
    print(", ".join(f"{counts[status]} {status}" for status in ("ok", "warn", "FAIL")))
    sys.exit(1 if counts["FAIL"] else 0)


def _drift(project, preparations: list[str], runs: list[str], raw: Path):
    """(stage, finding) about artifacts of `preparations`, and those of `runs`, that are not what they would be now."""
    from mmner.base.errors import InputError
    from mmner.rows.store import Store
    from mmner.tools.doctor import drift, findings

    if not drift.ARTIFACTS.is_dir():  # nor may there be a store
        return
    try:
        store = Store()
    except InputError as error:
        yield "machine", findings.from_error(error)
        return
    of_runs = [(project.place("runs", name).entries("runs").get(name) or {}).get("preparation") for name in runs]
    known = [name for name in project.names("preparations") if name in (*preparations, *of_runs)]
    yield from drift.examine(store, project, known, raw)
