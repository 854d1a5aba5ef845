"""Train several runs at once, each on a core or a GPU; the dvc repro that follows takes their models over."""

from __future__ import annotations

import argparse


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("runs", metavar="RUN", nargs="*", help="names in params.yaml: runs (default: all of them)")
    parser.add_argument(
        "--jobs",
        type=int,
        metavar="N",
        help="how many at once, on each GPU or on the CPU (default: one a GPU, one a core)",
    )
    parser.add_argument(
        "--device", action="append", metavar="NAME", help="such as cuda:1; repeatable (default: all GPUs, else the CPU)"
    )


def main(args: argparse.Namespace) -> None:
    """Errors: InputError `unknown-entry`, `bad-option`, `prepare-failed`, `train-failed`."""
    import math

    from mmner.base import options, params
    from mmner.tools import train_all

    options.check_number("--jobs", args.jobs, 1, math.inf)
    all_params = params.load("params.yaml")
    names = args.runs or list(all_params.get("runs", {}))
    train_all.train_all(all_params, names, train_all.places(args.device, args.jobs))
    print("next: dvc repro")
