"""Train a run again though its model is known: on another machine, say, or with another version of torch."""

from __future__ import annotations

import argparse


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help="of params.yaml, or of an experiment")


def main(args: argparse.Namespace) -> None:
    """Errors: InputError `unknown-entry`, `missing-artifact`, `retrain-failed`."""
    from mmner.base import dvc_process, project
    from mmner.rows.store import Store
    from mmner.tools.costs import trainings

    dvc_process.exit_at_sigterm()
    everything = project.load()
    trainings.retrain(Store(), everything, args.run)
    print(f"next: dvc repro {everything.place('runs', args.run).address('evaluate', args.run)}")
