"""Ten sentences to learn, a preparation of them without extra text and images, and params for a run on it."""

from pathlib import Path

import pytest

from mmner.base.params import build
from mmner.rows import parquet
from mmner.train.inputs import Paths
from mmner.train.params import Run, Training
from mmner.train.run import train

LABELS = ["PER", "ORG"]
SENTENCES = [
    ("we saw marlow today", "O O B-PER O"),
    ("marlow bakery in tessaly today", "B-ORG I-ORG O O O"),
    ("today with fern hill band .", "O O B-ORG I-ORG I-ORG O"),
    ("we saw fern", "O O B-PER"),
    ("tessaly shop and marlow", "B-ORG I-ORG O B-PER"),
    ("a photo of fern", "O O O B-PER"),
    ("today", "O"),
    ("in tessaly with hill", "O O O B-PER"),
    ("hill bakery today", "B-ORG I-ORG O"),
    ("we saw a map of tessaly .", "O O O O O O O"),
]
BARE = {"knowledge": "none", "caption": False, "caption_fusion": False, "chain": False}
BARE |= {"global": False, "regions": False, "vae": False}
COLUMNS = {
    "captions": {"caption": None},
    "candidates": {"spans": []},
    "knowledge": {"facts": []},
    "chains": {"steps": []},
}


def prepare(folder: Path, labels=LABELS, sentences=SENTENCES, as_written=None, test=None) -> Path:
    """Every sentence in each of the splits. as_written: {prefix: the one that the files have in its place}.

    test: other sentences for the split test.
    """
    splits = {"train": sentences, "dev": sentences, "test": test or sentences}
    posts = [(f"{split}-{n}", split, *pair) for split, pairs in splits.items() for n, pair in enumerate(pairs)]
    common = {"domain": "x", "language": "en", "image": None, "image_sha256": None, "source": "x:1", "error": None}
    rows = [{"id": name, "split": split, "tokens": text.split(), **common} for name, split, text, _ in posts]
    parquet.write(folder / "examples.parquet", "examples", rows)
    gold = [{"id": name, "tags": tags.split(), "as_written": _written(tags, as_written)} for name, _, _, tags in posts]
    parquet.write(folder / "gold.parquet", "gold", gold, {"labels": " ".join(labels)})
    for artifact, columns in COLUMNS.items():
        rows = [{"id": name, **columns, "error": None} for name, *_ in posts]
        parquet.write(folder / f"{artifact}.parquet", artifact, rows)
    return folder


def _written(tags: str, changes: dict[str, str] | None) -> list[str] | None:
    if changes is None:
        return None
    return [changes.get(tag[0], tag[0]) + tag[1:] for tag in tags.split()]


def places(folder: Path, prepared: Path, parent: str = "scratch", name: str = "mine") -> Paths:
    return Paths(prepared, None, folder / parent / "model", folder / name / "model", folder / name / "live")


def train_anew(*arguments) -> None:
    """`train`, over a store of its own: nothing is known, and nothing is resumed."""
    *_, where = arguments
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MMNER_STORE", str(where.model.parent / "store"))
        train(*arguments)


def run(**other) -> Run:
    asked = {"preparation": "p", "from": "scratch", "train": "t", "evaluate": "e", "seed": 1, "switches": BARE}
    return build(Run, asked | other, "runs.mine")


def training(architecture: dict, **other) -> Training:
    asked = {"epochs": 2, "batch_size": 4, "lr_encoder": 5e-3, "lr_head": 1e-2, "architecture": architecture}
    return build(Training, asked | other, "train.t")
