"""Trains a tiny model, alone or as one of torchrun's processes, and writes what it has of it.

Arguments: folder of the encoder, folder to write to.
"""

import sys
from contextlib import nullcontext
from pathlib import Path
from unittest import mock

import torch

from mmner.networks import encoders
from mmner.networks.budget import Lengths
from mmner.networks.windows import TextEncoding
from mmner.train import ranks, resume
from tests.fakes.tiny import examples, weights
from tests.train.test_loop import trainer

EXACT = {"precision": "float32", "lr_encoder": 1e-3, "lr_head": 1e-3}


def without_chance(made):
    """`made`, whose model never draws a random number."""
    made.model.eval()
    made.model.train = lambda mode=True: made.model
    return made


def killed(made, posts, at: int) -> None:
    """Fit until step `at` + 1 begins, on all ranks."""
    original, steps = made.step, []

    def dies(group):
        steps.append(group)
        if len(steps) > at:
            raise KeyboardInterrupt
        return original(group)

    made.step = dies
    try:
        made.fit(posts, posts)
    except KeyboardInterrupt:
        return
    raise AssertionError("it ended before")


def measure(encoder: str, out: Path) -> dict:
    encoding = TextEncoding(encoders.tokenizer(encoder), 64, Lengths(), overlap=8)
    posts = (examples(encoding) * 3)[:9]  # batches of 4, 4 and 1: the last leaves a rank without
    found = {}
    plain, adversarial = (without_chance(trainer(encoder, adversarial=norm, **EXACT)) for norm in (0.0, 0.5))
    cases = {"batches": [posts[:3], posts[3:8]], "single": [posts[8:]], "adversarial": [posts[:3], posts[3:8]]}
    for name, group in cases.items():
        made = adversarial if name == "adversarial" else plain
        loss = made.gradients(group)
        found[name] = {
            "loss": sum(ranks.gathered(loss.item())),
            "slopes": {name: x.grad.clone() for name, x in made.model.named_parameters() if x.grad is not None},
        }
        made.optimizer.zero_grad()
    made = without_chance(trainer(encoder, epochs=6, accumulate=2, **EXACT))
    start = weights(made)
    progress = made.fit(posts, posts)
    found["fitted"] = {"f1": progress.best_f1, "step": progress.step, "weights": weights(made), "start": start}
    whole = trainer(encoder)
    whole.fit(posts, posts)
    killed(trainer(encoder, out / "resume.pt", save_minutes=0), posts, 4)
    resumed = trainer(encoder, out / "resume.pt", save_minutes=0)
    torch.manual_seed(99)  # whatever happened in between
    resumed.fit(posts, posts)
    found["whole"], found["resumed"] = weights(whole), weights(resumed)
    killed(trainer(encoder, out / "odd.pt", save_minutes=0), posts, 4)
    anew = trainer(encoder, out / "odd.pt", save_minutes=0)
    last = ranks.number() == ranks.count() - 1
    with mock.patch.object(resume, "read", side_effect=ValueError) if last else nullcontext():
        anew.fit(posts, posts)  # the other rank reads it, and begins anew as well
    found["anew"] = weights(anew)
    return found


def main(encoder: str, out: Path) -> None:
    with ranks.together():
        torch.save(measure(encoder, out), out / f"{ranks.number()}.pt")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
