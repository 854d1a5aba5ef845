"""Each caption becomes expressions: phrases that name what matters to the sentence."""

import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from mmner.base.main import run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--variant", required=True, help="entry of params.yaml's section expressions")
    parser.add_argument("--raw", required=True, help="the corpus's folder")
    parser.add_argument("--examples", required=True, help="Parquet file to read")
    parser.add_argument("--captions", required=True, help="Parquet file to read")
    parser.add_argument("--out", required=True, help="Parquet file to write")
    args = parser.parse_args()

    from mmner.base import params
    from mmner.expressions import BACKENDS, EMPTY
    from mmner.rows import compute, inputs

    mapping = inputs.absolute(params.entry(params.load("params.yaml"), "expressions", args.variant), args.raw)
    backend = params.backend("expressions", args.variant, mapping, BACKENDS)
    posts = inputs.Posts(args.examples, backend=backend)
    posts.attach(args.captions, "captions", "caption", backend=backend)
    compute.write("expressions", args.out, posts, backend, EMPTY)


if __name__ == "__main__":
    run(main)
