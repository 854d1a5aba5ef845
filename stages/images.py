"""A corpus of sentences becomes one with images: each sentence that has none gets one from a wiki."""

import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from mmner.base.main import run_main


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", required=True, help="entry of params.yaml's sections images and corpora")
    parser.add_argument("--raw", required=True, type=pathlib.Path, help="folder of the corpus that gets images")
    parser.add_argument("--examples", required=True, help="Parquet file to read")
    parser.add_argument("--candidates", required=True, help="Parquet file to read")
    parser.add_argument("--artifact", required=True, type=pathlib.Path, help="Parquet file to write")
    parser.add_argument("--out", required=True, type=pathlib.Path, help="folder of the new corpus, to write")
    parser.add_argument("--params", default="params.yaml", help="where the entries stand (%(default)s)")
    args = vars(parser.parse_args())

    from mmner.base import atomic, params
    from mmner.images import illustrated_corpus

    atomic.check_places(args["artifact"])
    atomic.check_places(args["out"], folders=True)
    illustrated_corpus.make(params.load(args.pop("params")), **args)


if __name__ == "__main__":
    run_main(main)
