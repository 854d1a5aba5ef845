"""Each sentence becomes its candidates: spans that may be entities."""

import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from mmner.base.main import run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--variant", required=True, help="entry of params.yaml's section candidates")
    parser.add_argument("--raw", required=True, help="the corpus's folder, where a precomputed file may lie")
    parser.add_argument("--examples", required=True, help="Parquet file to read")
    parser.add_argument("--gold", required=True, help="Parquet file to read; a tagger learns from its train split")
    parser.add_argument("--out", required=True, help="Parquet file to write")
    args = parser.parse_args()

    from mmner.base import params
    from mmner.candidates import BACKENDS
    from mmner.rows import compute, inputs

    mapping = inputs.absolute(params.entry(params.load("params.yaml"), "candidates", args.variant), args.raw)
    backend = params.backend("candidates", args.variant, mapping, BACKENDS)
    posts = inputs.Posts(args.examples, backend=backend)
    if learn := getattr(backend, "learn", None):
        posts.attach(args.gold, "gold", "tags")
        posts = list(posts)
        learn(posts, [post["tags"] for post in posts])
    compute.write("candidates", args.out, posts, backend, {"spans": []})


if __name__ == "__main__":
    run(main)
