"""Posts and tokens a second of training a roberta-large-sized fused model on made-up data, and the card's share."""

from __future__ import annotations

import statistics
import time

from benchmarks.figures import Figure

PEAKS = {"H200": 989e12, "H100": 989e12, "A100": 312e12, "L40S": 362e12, "L4": 121e12, "4090": 165e12, "3090": 71e12}
LARGE = {"hidden_size": 1024, "num_hidden_layers": 24, "num_attention_heads": 16, "intermediate_size": 4096}
SMALL = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 128}
WORDS, EXTRA, VOCABULARY, WIDTH = 20, 100, 50265, 1024  # a post's tokens and extra pieces; numbers of v_img


def measure(steps: int, size: int = 64, *, compiled: bool = False, peak: float | None = None) -> list[Figure]:
    """Of `steps` steps of `size` posts with image, four regions and extra text. peak: bf16 operations a second of the
    card, None for the known one. Where there is no GPU the model is a tiny one, and not compiled: it
    shows that the measurement works.

    Operations are counted as 6 a weight and piece, the encoder's alone: what attention and the head do comes for free.
    """
    import numpy as np
    import torch
    from transformers import RobertaConfig, RobertaModel

    from mmner.model.batch import Example
    from mmner.model.fused import FusedModel
    from mmner.model.params import Architecture, Switches
    from mmner.model.visuals import Visual
    from mmner.networks import device
    from mmner.networks.windows import Encoded, Window
    from mmner.train.loop import Trainer, seed_all
    from mmner.train.params import Training

    on_gpu = device.best().type == "cuda"
    if compiled and not on_gpu:
        return []
    size = size if on_gpu else 4
    seed_all(1)
    sizes = LARGE if on_gpu else SMALL
    network = RobertaModel(RobertaConfig(vocab_size=VOCABULARY, max_position_embeddings=514, **sizes))
    architecture = Architecture(encoder="made-up")
    training = Training(
        epochs=1, batch_size=size, lr_encoder=1e-5, lr_head=1e-5, architecture=architecture, compile=compiled
    )
    model = FusedModel(network, ["PER", "LOC", "ORG", "MISC"], WIDTH, architecture, Switches()).train()
    trainer = Trainer(model, training, 1, 1, None)
    chance = np.random.default_rng(1)

    def post(number: int) -> Example:
        words = int(chance.integers(WORDS // 2, 2 * WORDS))
        ids = chance.integers(5, VOCABULARY, 2 + words + EXTRA).tolist()
        text = Encoded([Window(ids, (words + 2, words + 30))], [(0, place) for place in range(1, words + 1)])
        seen = chance.normal(size=(5, WIDTH)).astype(np.float32)
        return Example(str(number), text, Visual(seen[0], seen[1:], np.zeros((0, WIDTH), np.float32)), [0] * words)

    batches = [[post(number) for number in range(size)] for _ in range(steps + 3)]
    spent = []
    for batch in batches:
        started = time.perf_counter()
        trainer.step([batch])
        if on_gpu:
            torch.cuda.synchronize()
        spent.append(time.perf_counter() - started)
    taken = statistics.median(spent[3:])
    tokens = statistics.mean(sum(len(post.tags) for post in batch) for batch in batches)
    pieces = statistics.mean(sum(post.text.length for post in batch) for batch in batches)
    name = torch.cuda.get_device_name() if on_gpu else "no GPU: a tiny encoder"
    note = f"{steps} batches of {size} made-up posts, {name}{', compiled' if compiled else ''}"
    found = [
        Figure("training a fused model, posts", size / taken, "posts/s", note=note),
        Figure("the same, tokens", tokens / taken, "tokens/s", note=note),
        Figure("the same, word pieces", pieces / taken, "pieces/s", note=note),
    ]
    peak = peak or next((value for card, value in PEAKS.items() if card in name), None)
    if peak is not None:
        weights = sum(weight.numel() for weight in network.encoder.parameters())
        found.append(Figure("share of the card's bf16 peak", 6 * weights * pieces / taken / peak, "", note=note))
    return found
