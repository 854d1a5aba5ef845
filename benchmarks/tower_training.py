"""Training the full fused model with a vision tower in it, against the same tower's features, cached."""

from __future__ import annotations

import statistics
import tempfile
from dataclasses import replace
from pathlib import Path

from benchmarks.figures import Figure, alternating, ratio
from benchmarks.pipeline import ROOT


def measure(run_name: str, batches: int) -> list[Figure]:
    """The examples per second of both, over the same `batches`, by turns, and their ratio.

    The run's preparation and images must exist. The tower is the tests' tiny ViT: the time is that of reading and
    preparing images, not of a network of true size.
    """
    import numpy as np
    import torch

    from mmner.base import params
    from mmner.features.vision import Vision as Cached
    from mmner.model.fused import FusedModel
    from mmner.model.params import Vision
    from mmner.model.visuals import Visual
    from mmner.networks import encoders
    from mmner.networks.towers import Tower
    from mmner.networks.windows import TextEncoding
    from mmner.train import data
    from mmner.train.loop import Trainer, seed_all
    from mmner.train.params import Run, Training, image_folder
    from tests.fakes import tiny_models

    content = params.load(ROOT / "params.yaml")
    run = params.build(Run, params.entry(content, "runs", run_name), f"runs.{run_name}")
    variant = params.entry(content, "train", run.train)
    with tempfile.TemporaryDirectory() as folder:
        tiny_models.vision(Path(folder), "vit")
        vision = Vision(weights=folder)
        tower, cache = Tower.load(vision), Cached(Cached.Params(weights=folder))
        sizes = variant["architecture"] | {"vision": vision.model_dump()}
        training = params.build(Training, variant | {"architecture": sizes, "lr_vision": 1e-5}, f"train.{run.train}")
        images = image_folder(content, run.preparation, ROOT / "data" / "raw")
        prepared = data.read(ROOT / "data" / "prepared" / run.preparation, run.switches, vision, images)
        sizes = training.architecture
        tokenizer = encoders.tokenizer(sizes.encoder)
        length = encoders.max_length(encoders.network(sizes.encoder), tokenizer)
        encoding = TextEncoding(tokenizer, length, sizes.lengths, sizes.overlap)
        examples = data.encode(prepared, prepared.of("train"), encoding, run.switches)
        order = data.batches(examples, training.batch_size, run.seed)[:batches]
        chosen = [[examples[i] for i in part] for part in order]

        def remembered(example):
            views, nothing = example.visual, np.zeros((0, tower.width), np.float32)
            if not views.present:
                return replace(example, visual=Visual(None, nothing, nothing))
            (result,) = cache([{"image_path": views.path, "image_sha256": views.sha256, "boxes": views.boxes}])
            regions = np.array(result.value["regions"], np.float32).reshape(-1, tower.width)
            return replace(example, visual=Visual(result.value["image"], regions, nothing))

        cached = [[remembered(example) for example in part] for part in chosen]

    def trainer(tower) -> Trainer:
        seed_all(run.seed)
        network = encoders.network(sizes.encoder)
        model = FusedModel(network, prepared.labels, cached[0][0].visual.patches.shape[1], sizes, run.switches, tower)
        model.train()
        return Trainer(model, training, run.seed, tokenizer.pad_token_id, None)

    def step(made: Trainer, part) -> None:
        made.step([part])
        if made.device.type == "cuda":
            torch.cuda.synchronize()

    pixels, features = trainer(tower), trainer(None)
    step(pixels, chosen[0])
    step(features, cached[0])
    spent = [
        alternating([lambda one=one: step(pixels, one), lambda other=other: step(features, other)], 1)
        for one, other in zip(chosen, cached, strict=True)
    ]
    by_pixels, by_features = ([pair[which][0] for pair in spent] for which in (0, 1))
    rates = [
        statistics.median(len(part) / seconds for part, seconds in zip(chosen, times, strict=True))
        for times in (by_pixels, by_features)
    ]
    views = statistics.mean(1 + len(post.visual.boxes) for part in chosen for post in part if post.visual.present)
    note = f"run {run_name}, {len(chosen)} batches of {training.batch_size}, {views:.1f} views a post with an image"
    return [
        Figure("training with a tiny vision tower in the model", rates[0], "examples/s", note=note),
        Figure("training on the same tower's cached features", rates[1], "examples/s", note="same batches"),
        Figure("ratio of the two", ratio(by_features, by_pixels), ""),
    ]
