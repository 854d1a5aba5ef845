"""Score predictions of other systems, CoNLL or JSON Lines, beside a run's: same gold, same scorer, same bootstrap."""

from __future__ import annotations

import argparse
from pathlib import Path

from mmner.ner.schemes import SCHEMES


def arguments(parser: argparse.ArgumentParser) -> None:
    against = parser.add_mutually_exclusive_group(required=True)
    against.add_argument("--run", metavar="RUN", help="of params.yaml, evaluated: its gold, and itself for comparison")
    against.add_argument("--preparation", metavar="NAME", help="of params.yaml: its gold, and no run beside")
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE", help="a system's predictions")
    parser.add_argument("--split", choices=("dev", "test"), default="test", help="default: %(default)s")
    parser.add_argument(
        "--missing", choices=("error", "empty"), default="error", help="what a post without an answer is (%(default)s)"
    )
    parser.add_argument("--scheme", choices=SCHEMES, help="of the files' tags; else as they look")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers there, too")
    parser.add_argument("--params", type=Path, default=Path("params.yaml"), help="default: %(default)s")
    parser.add_argument("--runs", type=Path, default=Path("data/runs"), help="where runs lie (%(default)s)")
    parser.add_argument("--prepared", type=Path, default=Path("data/prepared"), help="default: %(default)s")


def main(args: argparse.Namespace) -> None:
    """Errors: InputError of mmner.tools.score."""
    import json

    from mmner.base import atomic, project
    from mmner.tools.score import gold, matching, systems, table

    everything = project.load(args.params)
    if args.run is not None:
        against = gold.of_run(args.run, args.split, everything.of_run(args.run), args.runs)
    else:
        against = gold.of_preparation(
            args.preparation, args.split, everything.of_preparation(args.preparation), args.prepared
        )
    scored = [table.of_run(args.run, against)] if args.run is not None else []
    for path in args.files:
        system = systems.read(path, sorted(against.corpus.names), args.scheme)
        one = table.of_system(str(path), matching.match(system, against, args.missing), against)
        one.notes.insert(0, system.described)
        scored.append(one)
    print(table.markdown(scored, against, args.run), end="")
    if args.json is not None:
        numbers = table.as_dict(scored, against, args.run, args.preparation)
        atomic.write_text(args.json, json.dumps(numbers, indent=2, ensure_ascii=False) + "\n")
