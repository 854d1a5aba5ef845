"""The command line for people, beside dvc: `python -m mmner <command>`.

A command is a module of mmner/commands (`forget-batch` is forget_batch.py) with a docstring, `arguments(parser)` and
`main(args)`; what is heavy to import is imported in `main`.
"""

import argparse
import importlib

from mmner.stage import run

COMMANDS = ("clean", "corpus", "costs", "docs", "doctor", "experiments", "forget-batch", "gallery", "retry", "tables")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m mmner", description="Beside dvc, a command line for people.")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name in COMMANDS:
        module = importlib.import_module("mmner.commands." + name.replace("-", "_"))
        command = commands.add_parser(name, help=module.__doc__.split("\n")[0], description=module.__doc__)
        module.arguments(command)
        command.set_defaults(main=module.main)
    args = parser.parse_args()
    args.main(args)


if __name__ == "__main__":
    run(main)
