"""Each image becomes a caption: a text about it, for its sentence and domain."""

import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from mmner.base.main import run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", required=True, help="entry of params.yaml's section corpora")
    parser.add_argument("--variant", required=True, help="entry of params.yaml's section captions")
    parser.add_argument("--raw", required=True, help="the corpus's folder")
    parser.add_argument("--examples", required=True, help="Parquet file to read")
    parser.add_argument("--out", required=True, help="Parquet file to write")
    args = parser.parse_args()

    from mmner.base import interpreter, params
    from mmner.captions import BACKENDS, EMPTY
    from mmner.corpus.params import load
    from mmner.rows import compute, inputs

    everything = params.load("params.yaml")
    corpus = load(everything, args.corpus)
    mapping = inputs.absolute(params.entry(everything, "captions", args.variant), args.raw)
    backend = params.backend("captions", args.variant, mapping, BACKENDS)
    interpreter.enter(backend)
    posts = inputs.Posts(args.examples, args.raw, corpus.images, corpus.domain_cue, backend)
    compute.write("captions", args.out, posts, backend, EMPTY, max_failed=corpus.max_failed)


if __name__ == "__main__":
    run(main)
