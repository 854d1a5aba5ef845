"""Answer posts over HTTP with a trained model, and show a page to try it.

$MMNER_TOKEN is what clients have to show; without it, it listens on this machine alone. docs/serve.md has the rest.
"""

from __future__ import annotations

import argparse

from mmner.cli.predict import places_and_engines
from mmner.tools.serve.limits import Limits

ANYWHERE = True  # an exported folder needs no repository
PATIENCE = 10.0  # seconds for a batch that is being computed when the last client has gone


def arguments(parser: argparse.ArgumentParser) -> None:
    places_and_engines(parser)
    limits = Limits()
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8000, help="0: any that is free (default: %(default)s)")
    parser.add_argument("--store", action="store_true", help="keep what stages say of posts on this machine")
    parser.add_argument("--max-body", type=int, default=limits.body, metavar="BYTES", help="of a request (%(default)s)")
    parser.add_argument("--max-pixels", type=int, metavar="N", help="of an image (default: as the model's corpus has)")
    parser.add_argument("--max-posts", type=int, default=limits.posts, metavar="N", help="of a request (%(default)s)")
    parser.add_argument("--queue", type=int, default=limits.queue, metavar="N", help="requests at once (%(default)s)")
    parser.add_argument(
        "--timeout", type=float, default=limits.seconds, metavar="SECONDS", help="of a request (%(default)s)"
    )
    parser.add_argument(
        "--max-money",
        type=float,
        default=0.1,
        metavar="MONEY",
        help="of language models a request, in the currency of their prices; inf: no limit (%(default)s)",
    )
    parser.add_argument(
        "--together", type=int, default=32, metavar="N", help="posts of waiting requests at a time (%(default)s)"
    )


def main(args: argparse.Namespace) -> None:
    """Errors: InputError `missing-package`, `no-token`, `no-port`, `bad-option`, and those of `mmner.load`."""
    import os
    import sys

    from mmner.cli import predict
    from mmner.tools.serve import listening
    from mmner.tools.serve.worker import Worker

    _check(args)
    listening.check_packages()
    token = listening.token(args.host)
    bound = listening.bind(args.host, args.port)
    os.environ["TQDM_DISABLE"] = "1"

    from mmner.tools.serve import app

    worker = Worker(lambda: predict.load(args, store=args.store), together=args.together, money=args.max_money)
    predictor = worker.start()
    limits = Limits(
        body=args.max_body,
        pixels=min(args.max_pixels or predictor.recipe.max_pixels, predictor.recipe.max_pixels),
        posts=args.max_posts,
        queue=args.queue,
        seconds=args.timeout,
        money=args.max_money,
    )
    about = {"model": predictor.recipe.run, "labels": predictor.labels}
    where = listening.address(bound)
    kept = "kept in the row store" if args.store else "not kept"
    listening.run(
        app.build(worker, about, limits, token),
        bound,
        args.timeout,
        lambda: print(f"serve: {where} (posts are {kept})", file=sys.stderr, flush=True),
    )
    ended = worker.end(PATIENCE)
    what = "all that waited is answered" if ended else "what was being computed had nobody who waited for it any more"
    print(f"serve: ended, {what}", file=sys.stderr, flush=True)
    if not ended:
        os._exit(0)  # the thread that computes would not let go of the process


def _check(args: argparse.Namespace) -> None:
    import math

    from mmner.base import options
    from mmner.base.errors import InputError

    for name in ("max_body", "max_pixels", "max_posts", "queue", "together"):
        options.check_number(f"--{name.replace('_', '-')}", getattr(args, name), 1, math.inf)
    if not 0 < args.timeout < math.inf:
        raise InputError("bad-option", f"--timeout {args.timeout}", remedy="a number of seconds, more than 0")
    options.check_number("--max-money", args.max_money, 0, math.inf)
