"""CPU seconds of texts as vectors, as a ratio to the plain way: 32 texts, sorted by length, padded to the longest.

`OMP_NUM_THREADS=1 python -m benchmarks.encoder_batches --texts 1200`
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable

from benchmarks import figures
from benchmarks.figures import Figure

PLAIN = 32  # texts of a batch
GOALS = {"as stored": 1.05, "exact": None}
WORDS = (
    "the",
    "at",
    "in",
    "on",
    "with",
    "fair",
    "band",
    "street",
    "shop",
    "mayor",
    "river",
    "market",
    "tonight",
    "Aston",
)


def measure(texts: int, repeat: int) -> list[Figure]:
    """Figures of a call of the encoder, and of `exact`, on made-up posts of 5 to 35 words; the least of `repeat`."""
    import numpy as np

    from mmner.networks.sentences import SentenceEncoder

    draw = random.Random(0)
    posts = [" ".join(draw.choices(WORDS, k=draw.randint(5, 35))) for _ in range(texts)]
    encoder = SentenceEncoder()
    encoder(["warm up", *posts[:PLAIN]])

    def ours() -> object:
        encoder._vectors.clear()
        return encoder(posts)

    def exact() -> object:
        encoder._exact.clear()
        return encoder.exact(posts)

    ways: dict[str, Callable[[], object]] = {"plain": lambda: _plain(encoder, posts), "as stored": ours, "exact": exact}
    spent: dict[str, float] = dict.fromkeys(ways, float("inf"))
    for _ in range(repeat):  # in turn, so that all meet the same load
        for name, way in ways.items():
            started = time.process_time()
            way()
            spent[name] = min(spent[name], time.process_time() - started)
    off = np.abs(ours() - exact()).max()
    note = f"{texts} texts, {spent['plain']:.2f} CPU s the plain way; largest difference of a vector {off:.1e}"
    return [Figure(f"encoder: {name}", spent[name] / spent["plain"], "times", GOALS[name], note=note) for name in GOALS]


def _plain(encoder, texts: list[str]) -> None:
    import torch

    pieces = encoder.tokenizer(texts, truncation=True)["input_ids"]
    order = sorted(range(len(texts)), key=lambda row: len(pieces[row]))
    for at in range(0, len(order), PLAIN):
        batch = encoder.tokenizer.pad(
            {"input_ids": [pieces[row] for row in order[at : at + PLAIN]]}, return_tensors="pt"
        )
        with torch.inference_mode():
            hidden = encoder.network(**batch).last_hidden_state
        mask = batch["attention_mask"].unsqueeze(-1)
        torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=-1).numpy()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.encoder_batches", description=__doc__)
    parser.add_argument("--texts", type=int, default=1200, help="(default %(default)s)")
    parser.add_argument("--repeat", type=int, default=5, help="(default %(default)s)")
    args = parser.parse_args()
    print(figures.table(measure(args.texts, args.repeat)))


if __name__ == "__main__":
    main()
