"""Ask rows again that failed for good: say how many, forget them, and run their stages."""

from __future__ import annotations

import argparse


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--stage", action="append", metavar="NAME", help="of this stage only, such as expressions")
    parser.add_argument("--preparation", action="append", metavar="NAME", help="of this preparation only")
    parser.add_argument("--reason", default="", metavar="TEXT", help="only rows whose error holds this text")
    parser.add_argument("--dry", action="store_true", help="say how many, and do nothing")


def main(args: argparse.Namespace) -> None:
    """Errors: InputError `unknown-entry`, `dvc-yaml`, `retry-failed`."""
    from mmner.base import dvc_process
    from mmner.base.errors import InputError
    from mmner.rows.store import Store
    from mmner.tools.costs import graph, retry

    dvc_process.exit_at_sigterm()
    stages = [stage for stage in graph.stages(args.preparation) if stage.by_row]
    names = list(dict.fromkeys(stage.name for stage in stages))
    if wrong := set(args.stage or ()) - set(names):
        what = f"no stage {sorted(wrong)[0]} that computes row by row"
        raise InputError("unknown-entry", what, where="dvc.yaml", remedy=f"one of: {', '.join(names)}")
    store, any_failed = Store(), False
    for stage in stages:
        if args.stage and stage.name not in args.stage:
            continue
        failed = retry.failed_rows(stage, args.reason)
        if failed.error:
            print(f"{stage.address}: cannot be looked at: {failed.error}")
        if not (failed.errors or failed.stale):
            continue
        any_failed = True
        print(f"{stage.address}: {failed.line()}", flush=True)
        if not args.dry:
            retry.forget(store, list(failed.errors))
            retry.rerun(stage)
    if not any_failed:
        print("no failed row" + (f" whose error holds {args.reason!r}" if args.reason else ""))
    elif args.dry:
        print("nothing was forgotten or run: without --dry, each stage named runs once more")
    else:
        print("next: dvc repro")
