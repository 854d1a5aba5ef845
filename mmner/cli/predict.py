"""Tag new posts with a trained model: a run, an exported folder, or a name on the hub."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from mmner.base.options import repeatable

ANYWHERE = True  # an exported folder needs no repository


def arguments(parser: argparse.ArgumentParser) -> None:
    places_and_engines(parser)
    parser.add_argument("--no-store", action="store_true", help="keep nothing of the posts on this machine")
    posts = parser.add_mutually_exclusive_group(required=True)
    posts.add_argument(
        "posts",
        nargs="?",
        metavar="POSTS",
        help="file of posts: .jsonl, .csv, .tsv, .parquet, .conll, or plain lines; - for standard input",
    )
    posts.add_argument("--text", help="one post, in place of a file")
    parser.add_argument("--image", metavar="FILE", help="the image of --text")
    parser.add_argument("--images", type=Path, metavar="FOLDER", help="images count from here (default: beside POSTS)")
    parser.add_argument(
        "--from", dest="form", choices=("jsonl", "csv", "parquet", "conll", "lines"), help="whatever POSTS is called"
    )
    parser.add_argument(
        "--to", choices=("jsonl", "conll", "spacy", "labelstudio"), default="jsonl", help="default: %(default)s"
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="default: standard output; a killed run goes on in it, but for posts from -",
    )
    parser.add_argument("--explain", action="store_true", help="with caption, candidates, facts, regions, chain, gate")
    parser.add_argument("--batch-size", type=int, metavar="N", help="posts at a time in the network")
    parser.add_argument(
        "--chunk", type=int, default=4096, metavar="N", help="posts that are answered at a time (%(default)s)"
    )


def places_and_engines(parser: argparse.ArgumentParser) -> None:
    """The arguments that say which model, with which stages."""
    parser.add_argument(
        "place", metavar="MODEL", help="a run of params.yaml, an exported folder, or OWNER/NAME on the hub"
    )
    repeatable(parser, "--with", "engines", "STAGE=VARIANT", "an engine of params.yaml for a stage")
    repeatable(parser, "--without", "without", "STAGE", "go on without a stage")
    repeatable(parser, "--file", "files", "NAME=PATH", "where what an export names and does not hold lies")
    allowed = "to which an export's stages may send posts, and keys of yours"
    repeatable(parser, "--allow-server", "servers", "URL", allowed)
    parser.add_argument("--device", metavar="NAME", help="such as cpu or cuda:1 (default: the GPU where there is one)")


def load(args: argparse.Namespace, *, store: bool):
    """The predictor that the arguments of `places_and_engines` name; what can't run is told on stderr."""
    from mmner.base.options import pairs
    from mmner.predict import places

    predictor = places.load(
        args.place,
        engines=pairs(args.engines, "--with"),
        without=args.without,
        store=store,
        device=args.device,
        files=pairs(args.files, "--file"),
        servers=args.servers,
    )
    places.tell(predictor.preparation.warnings())
    return predictor


def main(args: argparse.Namespace) -> None:
    """Errors: InputError of `mmner.load` and of files of posts. Status 1 where a post could not be read."""
    import sys

    from mmner.base import options
    from mmner.base.errors import InputError
    from mmner.predict import post_files

    options.check_number("--batch-size", args.batch_size, 1, 100_000)
    options.check_number("--chunk", args.chunk, 1, 1_000_000)
    if args.image and args.text is None:
        raise InputError("bad-option", "--image belongs to --text", remedy="in a file, a post names its image")
    if args.text is not None and (args.images or args.form):
        what = f"{'--images' if args.images else '--from'} belongs to a file of posts"
        raise InputError("bad-option", what, remedy="leave it out: the --image of --text counts from this folder")
    if args.posts and args.out and args.out.exists() and Path(args.posts).exists() and args.out.samefile(args.posts):
        what = f"--out {args.out} is the file of posts, which its answers would replace"
        raise InputError("bad-option", what, remedy="name another file")
    predictor = load(args, store=not args.no_store)
    if args.text is not None:
        posts = iter([("--text", {"text": args.text} | ({"image": args.image} if args.image else {}))])
        total = 1
    else:
        posts = post_files.read(args.posts, args.form, args.images)
        total = post_files.count(args.posts, args.form)
    bad, first = (_to_file if args.out else _to_stdout)(args, predictor, posts, total)
    predictor.close()
    if bad:
        what = f"{bad} posts could not be read; their answers say why. The first: {first}"
        print(what, file=sys.stderr)
        sys.exit(1)


def _to_stdout(args: argparse.Namespace, predictor, posts, total: int | None) -> tuple[int, str]:
    import sys

    from mmner.predict import formats

    form, written = formats.FORMATS[args.to], 0
    bad: list[str] = []
    for answer in _answers(args, predictor, posts, total):
        sys.stdout.write((form.between if written else form.begin) + form.write(answer))
        written += 1
        bad += [answer.error] if answer.error else []
    sys.stdout.write(("" if written else form.begin) + form.end)
    return len(bad), bad[0] if bad else ""


def _to_file(args: argparse.Namespace, predictor, posts, total: int | None) -> tuple[int, str]:
    import sys
    from itertools import islice

    from mmner.predict import formats, output

    about = [args.place, predictor.identity(), args.to, args.explain, args.without, args.posts, args.form, args.text]
    about += [_stamp(args.posts), str(args.images), args.image]
    out = output.Output(args.out, formats.FORMATS[args.to], about)
    if out.done:
        print(f"predict: {out.done} posts were answered before, in {args.out}.part", file=sys.stderr)
    answers = _answers(args, predictor, islice(posts, out.done, None), total and total - out.done)
    while part := list(islice(answers, args.chunk)):
        out.write(part)
    out.finish()
    print(f"predict: {out.done} posts in {args.out}", file=sys.stderr)
    return out.bad, out.first_error


def _answers(args: argparse.Namespace, predictor, posts, total: int | None):
    from tqdm import tqdm

    with tqdm(total=total, desc="predict", unit="post", delay=1.0) as bar:
        yield from predictor.stream(
            posts, explain=args.explain, batch_size=args.batch_size, chunk=args.chunk, tell=bar.update
        )


def _stamp(posts: str | None) -> list[int]:
    """What changes when the file of posts does; of standard input, always: it may bring others."""
    from mmner.predict.post_files import STDIN

    if posts == STDIN:
        return [time.time_ns()]
    path = Path(posts or "")
    return [path.stat().st_size, path.stat().st_mtime_ns] if path.is_file() else []
