"""Train a run again though its model is known: on another machine, say, or with another version of torch."""

from __future__ import annotations

import argparse


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help="name in params.yaml: runs")


def main(args: argparse.Namespace) -> None:
    """Errors: InputError `unknown-entry`, `missing-artifact`, `retrain-failed`."""
    from mmner.base import params
    from mmner.rows.store import Store
    from mmner.tools.costs import trainings

    trainings.retrain(Store(), params.load("params.yaml"), args.run)
    print(f"next: dvc repro evaluate@{args.run}")
