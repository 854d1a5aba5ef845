"""Each sentence, with what is known and seen, becomes a reasoning chain."""

import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from mmner.base.main import run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", required=True, help="entry of params.yaml's section corpora: its types")
    parser.add_argument("--variant", required=True, help="entry of params.yaml's section chains")
    parser.add_argument("--raw", required=True, help="the corpus's folder, where a precomputed file may lie")
    parser.add_argument("--prepared", required=True, help="folder of the artifacts to read")
    parser.add_argument("--out", required=True, help="Parquet file to write")
    args = parser.parse_args()

    from mmner.base import params
    from mmner.chains import BACKENDS, EMPTY, kept, places
    from mmner.rows import compute, inputs

    everything = params.load("params.yaml")
    labels = params.entry(everything, "corpora", args.corpus)["labels"]
    mapping = inputs.absolute(params.entry(everything, "chains", args.variant), args.raw)
    backend = params.backend("chains", args.variant, mapping, BACKENDS)
    prepared = pathlib.Path(args.prepared)
    posts = inputs.Posts(prepared / "examples.parquet", backend=backend)
    for name, column in (("captions", "caption"), ("candidates", "spans"), ("knowledge", "facts")):
        posts.attach(prepared / f"{name}.parquet", name, column)
    posts.derive("spans", lambda post: places(post["spans"]))
    posts.derive("facts", lambda post: kept(post["facts"]))
    posts.derive("labels", lambda post: labels)
    compute.write("chains", args.out, posts, backend, EMPTY)


if __name__ == "__main__":
    run(main)
