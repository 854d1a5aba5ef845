"""What the stages of each preparation computed and what it cost; with --plan, what a change would cost."""

from __future__ import annotations

import argparse
from pathlib import Path

from mmner.base.options import FOLDERS

COST = f"{'seconds':>9} {'tokens':>9} {'money':>10}"
NAMES = f"{'preparation':20} {'stage':12} {'rows':>7}"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--plan", action="store_true", help="what `dvc repro` would compute now, and at which price")
    parser.add_argument("--preparation", action="append", metavar="NAME", help="this one only; repeatable")
    parser.add_argument("--prepared", type=Path, default=FOLDERS["prepared"], help="default: %(default)s")


def main(args: argparse.Namespace) -> None:
    """Errors: InputError `unknown-entry`; of the store, of artifacts, and with --plan of mmner.tools.costs.graph."""
    from mmner.rows.store import Store

    store = Store()
    if args.plan:
        _drift(store, args.preparation)
        _plan(store, args.preparation)
    else:
        _table(store, args)


def _table(store, args: argparse.Namespace) -> None:
    from mmner.base import options, project
    from mmner.tools.costs import table

    lines = list(table.lines(store, args.prepared))
    if args.preparation:
        known = {*project.load().names("preparations"), *(line.preparation for line in lines)}
        options.check_known("--preparation", args.preparation, known)
    print(f"{'':41} | {'the last run':56} | all rows of the artifact")
    print(f"{NAMES} | {'reused':>8} {'computed':>8} {'failed':>7} {COST} | {COST}")
    for line in lines:
        if args.preparation and line.preparation not in args.preparation:
            continue
        run = line.last
        last = f"{'not run here, or not to its end':56}"
        if run:
            last = f"{run.reused:8} {run.computed:8} {run.failed:7} {_cost(run.backend_seconds, run)}"
        ended = f"  ({run.end})" if run and run.end != "whole" else ""
        row = f"{line.preparation:20} {line.stage:12} {line.rows:7}"
        print(f"{row} | {last} | {_cost(line.cost.seconds, line.cost)}{ended}")
    for what, (count, cost) in (
        ("all artifacts here, shared rows once", table.shared(args.prepared)),
        ("all rows in the store", table.kept(store)),
    ):
        print(f"{what}: {count} rows, {cost.seconds:.1f} s, {cost.tokens} tokens, {cost.money:.6f} money")
    count, cost = table.unbooked(store)
    if count:
        paid = f"{cost.tokens} tokens, {cost.money:.6f} money"
        print(f"paid besides, for rows not finished yet, forgotten by retry or replaced by pulled ones: {paid}")


def _cost(seconds: float, rest) -> str:
    return f"{seconds:9.1f} {rest.tokens:9} {rest.money:10.6f}"


def _drift(store, preparations: list[str] | None) -> None:
    """Print a warning for each stage that the plan leaves out though DVC overlooks a change of what it reads."""
    from mmner.base import project
    from mmner.tools.doctor import drift

    for about, finding in drift.examine(store, project.load(), preparations):
        print(finding.line(about), flush=True)


def _plan(store, preparations: list[str] | None) -> None:
    from mmner.tools.costs.forecast import forecast
    from mmner.tools.costs.trainings import Training

    sums, unknown, trainings = [0, 0, 0.0, 0.0, 0.0], 0, []
    for number, planned in enumerate(forecast(store, preparations)):
        if isinstance(planned, Training):
            trainings.append(planned)
            continue
        if not number:
            print(f"{NAMES} {'new':>7} {'up to':>7} {COST}  at the rate of")
        row = f"{planned.stage.preparation:20} {planned.stage.name:12}"
        if planned.error:
            print(f"{row} cannot be planned: {planned.error}", flush=True)
            unknown += 1
            continue
        row += f" {planned.rows:7} {planned.least:7} {planned.most:7}"
        cost = [0.0, 0.0, 0.0]
        if planned.most and planned.rate is None:
            unknown += 1
            print(f"{row} {'?':>9} {'?':>9} {'?':>10}  no run of this backend is known", flush=True)
        else:
            if planned.most:
                cost = [planned.most * each for each in planned.rate[:3]]
            whose = planned.rate.whose if planned.most else ""
            print(f"{row} {cost[0]:9.1f} {cost[1]:9.0f} {cost[2]:10.6f}  {whose}".rstrip(), flush=True)
        sums = [total + each for total, each in zip(sums, (planned.least, planned.most, *cost), strict=True)]
    least, most, seconds, tokens, money = sums
    print(f"in all: {least} new rows, up to {most}; up to {seconds:.1f} s, {tokens:.0f} tokens, {money:.6f} money")
    if unknown:
        print(f"  and what {unknown} stages take of which no rate is known, or which cannot be planned")
    print("  up to: rows whose own input is not computed yet count, though they may turn out to be known")
    for training in trainings:
        print(training.line())
