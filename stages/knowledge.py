"""Each candidate becomes facts: what an encyclopedia says about it, where it fits the sentence."""

import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from mmner.base.main import run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--variant", required=True, help="entry of params.yaml's section knowledge")
    parser.add_argument("--examples", required=True, help="Parquet file to read")
    parser.add_argument("--candidates", required=True, help="Parquet file to read")
    parser.add_argument("--out", required=True, help="Parquet file to write")
    args = parser.parse_args()

    from mmner.base import params
    from mmner.knowledge import BACKENDS, EMPTY, names
    from mmner.rows import compute, inputs

    mapping = params.entry(params.load("params.yaml"), "knowledge", args.variant)
    backend = params.backend("knowledge", args.variant, mapping, BACKENDS)
    posts = inputs.Posts(args.examples, backend=backend)
    posts.attach(args.candidates, "candidates", "spans")
    posts.derive("candidates", lambda post: names(post["spans"]))
    compute.write("knowledge", args.out, posts, backend, EMPTY)


if __name__ == "__main__":
    run(main)
