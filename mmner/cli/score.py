"""Score predictions of other systems, CoNLL or JSON Lines, beside a run's: same gold, same scorer, same bootstrap."""

from __future__ import annotations

import argparse
from pathlib import Path

from mmner.base.options import FOLDERS
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
    parser.add_argument(
        "--corrections", type=Path, metavar="FILE", help="of gold, a line a post: score against these as well"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers there, too")
    parser.add_argument("--params", type=Path, default=Path("params.yaml"), help="default: %(default)s")
    parser.add_argument("--runs", type=Path, default=FOLDERS["runs"], help="where runs lie (%(default)s)")
    parser.add_argument("--prepared", type=Path, default=FOLDERS["prepared"], help="default: %(default)s")


def main(args: argparse.Namespace) -> None:
    """Errors: InputError of mmner.tools.score."""
    import json

    from mmner.base import atomic, project
    from mmner.tag import answers, matching
    from mmner.tools.score import corrections, gold, table

    everything = project.load(args.params)
    if args.run is not None:
        against = gold.of_run(args.run, args.split, everything.of_run(args.run), args.runs)
    else:
        against = gold.of_preparation(
            args.preparation, args.split, everything.of_preparation(args.preparation), args.prepared
        )
    read = [(path, answers.read(path, sorted(against.corpus.names), args.scheme)) for path in args.files]
    matched = [(path, system, matching.match(system, against, args.missing)) for path, system in read]

    def scored(gold) -> list:
        found = [table.of_run(args.run, gold)] if args.run is not None else []
        for path, system, one in matched:
            found.append(table.of_system(str(path), one, gold))
            found[-1].notes.insert(0, system.described)
        return found

    published = scored(against)
    print(table.markdown(published, against, args.run), end="")
    numbers = table.as_dict(published, against, args.run, args.preparation)
    if args.corrections is not None:
        mended, count = corrections.corrected(against, args.corrections)
        again = scored(mended)
        print(f"\nwith {count} posts corrected as {args.corrections} has it:\n")
        print(table.markdown(again, mended, args.run), end="")
        numbers["corrected"] = table.as_dict(again, mended, args.run, args.preparation) | {"corrections": count}
    if args.json is not None:
        atomic.write_text(args.json, json.dumps(numbers, indent=2, ensure_ascii=False) + "\n")
