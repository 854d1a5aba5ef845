"""Train several runs at once, each on a core or a GPU; the dvc repro that follows takes their models over."""

from __future__ import annotations

import argparse


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("runs", metavar="RUN", nargs="*", help="of params.yaml (default: all), or an experiment")
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
    """Errors: InputError `unknown-entry`, `bad-option`, `bad-params`, `prepare-failed`, `train-failed`."""
    import math

    from mmner.base import dvc_process, options, project
    from mmner.tools import train_all

    dvc_process.exit_at_sigterm()
    options.check_number("--jobs", args.jobs, 1, math.inf)
    everything = project.load()
    root = everything.places[0]
    names = args.runs or list(root.entries("runs"))
    train_all.train_all(everything, names, args.device, args.jobs)
    files = dict.fromkeys(everything.place("runs", name).file.with_name(project.DVC).as_posix() for name in names)
    print(f"next: dvc repro {' '.join(files) if [*files] != [project.DVC] else ''}".rstrip())
