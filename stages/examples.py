"""Raw posts and their tags become `examples` and `gold`."""

import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from mmner.base.main import run_main


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", required=True, help="entry of params.yaml's section corpora")
    parser.add_argument("--raw", required=True, help="the corpus's folder")
    parser.add_argument("--examples", required=True, help="Parquet file to write")
    parser.add_argument("--gold", required=True, help="Parquet file to write")
    parser.add_argument("--boxes", help="Parquet file to write; none without it")
    parser.add_argument("--params", default="params.yaml", help="where the entries stand (%(default)s)")
    args = parser.parse_args()

    from mmner.base import atomic, params, sharing
    from mmner.corpus import reader
    from mmner.corpus.params import load
    from mmner.rows import parquet

    atomic.check_places(args.examples, args.gold)
    content = params.load(args.params)
    corpus = load(content, args.corpus)
    sharing.check_preparations(content, args.corpus)
    found = reader.read(args.raw, corpus)
    for note in found.notes:
        print(f"examples: {note}", file=sys.stderr)
    if found.repaired:
        what = f"examples: repaired {len(found.repaired)} IOB violations, the first at {found.repaired[0]}"
        print(what, file=sys.stderr)
    print(found.report.line(), file=sys.stderr)
    reader.check(found, args.raw, corpus)
    parquet.write(args.examples, "examples", found.examples)
    parquet.write(args.gold, "gold", found.gold, metadata={"labels": " ".join(corpus.labels)})
    if args.boxes is not None:
        parquet.write(args.boxes, "boxes", found.boxes)


if __name__ == "__main__":
    run_main(main)
