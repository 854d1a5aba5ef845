"""How fast posts are predicted, beside an evaluation of the same: `python -m benchmarks.prediction --run RUN`.

Both tag the test posts of the run's preparation, whose rows are known, in turn, several times over, on this machine.
An evaluation reads artifacts and tags; a prediction takes posts as a user brings them, through every stage. The start,
with imports and weights, is left out of both.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import mmner
from mmner import predict
from mmner.base import params
from mmner.predict import repository
from mmner.predict.tagging import Network
from mmner.rows import parquet
from mmner.train.params import image_folder, select


def posts(prepared: Path, images: Path | None, split: str) -> list[dict]:
    """The posts of `split` as a user brings them."""
    found = []
    for row in parquet.read(prepared / "examples.parquet", "examples"):
        if row["split"] == split:
            image = {"image": str(images / row["image"])} if images and row["image"] else {}
            found.append({"id": row["id"], "tokens": row["tokens"], "domain": row["domain"]} | image)
    return found


def seconds(call: Callable[[], object]) -> float:
    began = time.process_time(), time.perf_counter()
    call()
    return time.perf_counter() - began[1]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.prediction", description=__doc__)
    parser.add_argument("--run", default="sample-full", help="default: %(default)s")
    parser.add_argument("--split", default="test", help="default: %(default)s")
    parser.add_argument("--repeat", type=int, default=7, help="default: %(default)s")
    args = parser.parse_args()
    content = params.load("params.yaml")
    preparation = select(content, args.run)[0].preparation
    prepared, model = repository.PREPARATIONS / preparation, repository.RUNS / args.run / "model"
    images = image_folder(content, preparation, repository.CORPORA)
    given = posts(prepared, images, args.split)
    predictor = mmner.load(args.run)
    network = Network(model)
    predictor.predict(given)

    def evaluate() -> None:
        rows = predict.read(model, prepared, images)
        chosen = predict.splits(rows, [args.split])
        predict.rows(rows, chosen, network(rows, chosen[args.split]), prepared)

    evaluate()
    ratios, rates = [], []
    for _ in range(args.repeat):
        of_evaluation, of_prediction = seconds(evaluate), seconds(lambda: predictor.predict(given))
        ratios.append(of_evaluation / of_prediction)
        rates.append((len(given) / of_evaluation, len(given) / of_prediction))
    evaluated, predicted = (statistics.median(column) for column in zip(*rates, strict=True))
    print(
        f"{len(given)} posts of {args.split}, run {args.run}, {os.environ.get('OMP_NUM_THREADS', 'all')} threads",
        file=sys.stderr,
    )
    print(
        f"evaluation {evaluated:.1f} posts/s, prediction {predicted:.1f} posts/s, ratio {statistics.median(ratios):.2f}"
    )


if __name__ == "__main__":
    main()
