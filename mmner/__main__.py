"""The command line for people, beside dvc: `python -m mmner <command>`.

A command is a module of mmner/cli (`forget-batch` is forget_batch.py) with a docstring, `arguments(parser)` and
`main(args)`; what is heavy to import is imported in `main`. One with `ANYWHERE = True` works outside of a repository.
"""

import argparse
import importlib
from pathlib import Path

from mmner.base import options, project
from mmner.base.errors import InputError
from mmner.base.main import run_main

COMMANDS = (
    "clean",
    "compare",
    "conll",
    "corpus",
    "costs",
    "docs",
    "doctor",
    "ensemble",
    "experiments",
    "export",
    "forget-batch",
    "gallery",
    "predict",
    "report",
    "retrain",
    "retry",
    "score",
    "serve",
    "tables",
    "train-all",
)


def parser() -> argparse.ArgumentParser:
    """The parser of all commands; what it makes of arguments has `main`, and `anywhere`."""
    made = argparse.ArgumentParser(prog="python -m mmner", description="Beside dvc, a command line for people.")
    commands = made.add_subparsers(metavar="COMMAND", required=True)
    for name in COMMANDS:
        module = importlib.import_module("mmner.cli." + name.replace("-", "_"))
        command = commands.add_parser(name, help=module.__doc__.split("\n")[0], description=module.__doc__)
        module.arguments(command)
        command.set_defaults(main=module.main)
        command.set_defaults(anywhere=getattr(module, "ANYWHERE", False))
    return made


def main() -> None:
    args = parser().parse_args()
    if not args.anywhere:
        _at_root()
        options.check_folders(args)
    args.main(args)


def _at_root() -> None:
    """Paths such as data/prepared count from the repository's root: elsewhere `clean` would see no artifact in use.

    Errors: InputError `not-at-root`.
    """
    here = Path.cwd()
    if project.is_root(here):
        return
    what = "the folder of an experiment" if Path(project.DVC).is_file() else "there is no dvc.yaml here"
    root = next((str(folder) for folder in here.parents if project.is_root(folder)), "the root of your clone")
    raise InputError("not-at-root", what, where=str(here), remedy=f"run it in {root}")


if __name__ == "__main__":
    run_main(main)
