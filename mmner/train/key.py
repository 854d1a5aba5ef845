"""The key of a training: a digest of all that the trained weights depend on, made from rows, without torch.

Two runs with one key have one model: it is trained once (mmner/train/finished.py). Names of runs, preparations,
variants, posts and image files are not in it, nor are posts of test, nor the code but for the versions of its parts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from mmner.model.params import Switches
from mmner.model.text import extra_texts
from mmner.model.token_evidence import token_evidence
from mmner.train import versions
from mmner.train.data import Rows, region_pairs
from mmner.train.digests import Digests
from mmner.train.params import Run, Training

# Fields that are not in the key as they are, and why; tests/train/test_key.py walks all others.
LEFT_OUT = {
    "Run.preparation": "a name: its rows are in the key",
    "Run.remote": "where artifacts are pushed",
    "Run.from_": "a name: the digest of that run's weights is in the key",
    "Run.train": "a name: the variant's parameters are in the key",
    "Run.evaluate": "a name, and of what comes after training",
    "Training.save_minutes": "how often a training can be resumed",
    "Training.checkpointing": "how much memory it takes",
    "Architecture.encoder": "a name or a place: the digest of its files is in the key",
    "Vision.weights": "a name or a place: the digest of its files is in the key",
    "Vision.revision": "a name: the digest of the files is in the key",
    "Vision.allow_pickle": "which files are read: their digest is in the key",
    "Example.id": "a name",
    "Views.path": "a place: the digest of the image's bytes is in the key",
}
_TRAINING = {
    "save_minutes": True,
    "checkpointing": True,
    "architecture": {"encoder": True, "vision": {"weights", "revision", "allow_pickle"}},
}


def training_key(run: Run, params: Training, data: Rows, chosen: dict[str, Sequence[int]], digests: Digests) -> str:
    """Hex digest of what a training of `run` with `params` on rows `chosen` of `data`, by split, depends on.

    Parameters at their defaults are left out: an option that a later version adds changes no key.
    """
    about = {
        "versions": versions.used(run, params),
        "labels": data.labels,
        "visual_width": data.visual_width,
        "digests": digests._asdict(),
        "switches": run.switches.model_dump(mode="json", by_alias=True, exclude_defaults=True),
        "shots": run.shots and run.shots.model_dump(mode="json", exclude_defaults=True),
        "seed": run.seed,
        "training": params.model_dump(mode="json", exclude_defaults=True, exclude=_TRAINING),
    }
    total = hashlib.sha256(json.dumps(about, sort_keys=True).encode())
    for split, numbers in chosen.items():
        total.update(f"{split} {len(numbers)}\n".encode())
        add_posts(total, data, numbers, run.switches, with_tags=True)
    return total.hexdigest()


def add_posts(total, data: Rows, numbers: Sequence[int], switches: Switches, *, with_tags: bool) -> None:
    """Update `total`, of hashlib, with what a model with `switches` is given of rows `numbers` of `data`, in order."""
    for number in numbers:
        row = data.rows[number]
        extras = [extra.content() for extra in extra_texts(row, switches)]
        text = [row["tokens"], extras, *([row["tags"]] if with_tags else [])]
        if switches.tokens.sources:
            text.append(token_evidence(row, switches.tokens))
        if switches.grounding and with_tags:
            text.append([pair.content() for pair in region_pairs(row, data.visual[number])])
        elif switches.grounding:
            text.append([row.get("regions"), row.get("steps")])
        total.update(json.dumps(text, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n")
        for part in data.visual[number].data():
            total.update(part)
