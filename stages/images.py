"""A corpus of sentences becomes one with images: each sentence that has none gets one from a wiki."""

import argparse
import pathlib
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from mmner.base.main import run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", required=True, help="entry of params.yaml's sections images and corpora")
    parser.add_argument("--raw", required=True, type=pathlib.Path, help="folder of the corpus that gets images")
    parser.add_argument("--examples", required=True, help="Parquet file to read")
    parser.add_argument("--candidates", required=True, help="Parquet file to read")
    parser.add_argument("--artifact", required=True, type=pathlib.Path, help="Parquet file to write")
    parser.add_argument("--out", required=True, type=pathlib.Path, help="folder of the new corpus, to write")
    args = parser.parse_args()

    from mmner.base import params
    from mmner.images import BACKENDS, EMPTY, HAS_IMAGE, corpus, names
    from mmner.rows import compute, inputs, parquet

    source, variant = corpus.chosen(params.load("params.yaml"), args.corpus)
    backend = params.backend("images", args.corpus, variant, BACKENDS)
    examples = parquet.read(args.examples, "examples")
    having = {example["id"] for example in examples if corpus.has_image(example)}
    posts = inputs.Posts(args.examples, backend=backend)
    posts.attach(args.candidates, "candidates", "spans")
    posts.derive("candidates", lambda post: names(post["spans"]))
    posts.derive("skip", lambda post: HAS_IMAGE if post["id"] in having else None)
    compute.write("images", args.artifact, posts, backend, EMPTY)
    corpus.write(args.raw, source, examples, parquet.read(args.artifact, "images"), backend, args.out)
    shutil.copyfile(args.artifact, args.out / args.artifact.name)  # who made the images goes where they go


if __name__ == "__main__":
    run(main)
