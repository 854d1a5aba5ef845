"""Print every figure of the pipeline's speed, of one run on this machine; docs/benchmarks.md explains them."""

from __future__ import annotations

import argparse
from pathlib import Path

PARTS = ("graph", "experiments", "help", "training", "peers", "vision", "stages", "known", "engines")
ASKED = ("servers", "rate")  # by --only alone: need what `make test-engines` installs, or a GPU


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", choices=PARTS + ASKED, action="append", help="this part alone; repeatable")
    parser.add_argument("--repeat", type=int, default=7, help="of what is measured in seconds (default %(default)s)")
    parser.add_argument("--batches", type=int, default=25, help="of training (default %(default)s)")
    parser.add_argument("--rows", type=int, default=1000, help="of each stage (default %(default)s)")
    parser.add_argument("--run", default="sample-full", help="run whose model is trained (default %(default)s)")
    parser.add_argument("--tweets", type=Path, metavar="FILE", help="for servers: posts with gold tags")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures here")
    args = parser.parse_args()

    from benchmarks import (
        backends,
        experiments_no_op,
        figures,
        known_rows,
        no_op,
        server_backends,
        stage_overhead,
        startup,
        tower_training,
        training,
        training_peers,
        training_rate,
    )

    measures = {
        "graph": lambda: no_op.measure(args.repeat),
        "experiments": lambda: experiments_no_op.measure(min(args.repeat, 3)),
        "help": lambda: startup.measure(args.repeat),
        "training": lambda: training.measure(args.run, args.batches),
        "peers": lambda: training_peers.measure(args.run, args.batches),
        "vision": lambda: tower_training.measure(args.run, args.batches),
        "stages": lambda: stage_overhead.measure(args.rows),
        "known": lambda: known_rows.measure(min(args.repeat, 3)),
        "engines": lambda: backends.measure(48),
        "rate": lambda: training_rate.measure(args.batches) + training_rate.measure(args.batches, compiled=True),
        "servers": lambda: server_backends.measure(args.tweets, 8),
    }
    measured = [figure for part in args.only or PARTS for figure in measures[part]()]
    print(figures.table(measured))
    if args.json:
        figures.save(measured, args.json)


if __name__ == "__main__":
    main()
