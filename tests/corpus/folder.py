"""Small corpora on disk for the tests of this folder."""

from __future__ import annotations

from pathlib import Path

from mmner.base import params
from mmner.corpus.params import Corpus

MAPPING = {
    "splits": {"train": "train.txt", "dev": "dev.txt", "test": "test.txt"},
    "images": None,
    "image_suffix": "",
    "language": "en",
    "domain": "town",
    "domain_cue": "posts about a town",
    "labels": {"PER": "a person", "ORG": "an organisation"},
    "violations": "error",
    "max_failed": 1.0,
    "max_pixels": 10_000,
}
POST = "At\tO\nMira\tB-ORG\nPark\tI-ORG\n"


def corpus(**changes) -> Corpus:
    return params.build(Corpus, MAPPING | changes, "corpora.mine")


def write(folder: Path, train: str | bytes = POST, dev: str = POST, test: str = POST, suffix: str = "txt") -> Path:
    """A corpus folder with these files."""
    folder.mkdir(parents=True, exist_ok=True)
    for split, content in (("train", train), ("dev", dev), ("test", test)):
        content = content if isinstance(content, bytes) else content.encode()
        (folder / f"{split}.{suffix}").write_bytes(content)
    return folder


def picture(path: Path, size: tuple[int, int] = (8, 8)) -> Path:
    """A small image file whose bytes depend on its name."""
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True)
    colour = tuple(sum(path.name.encode()) * factor % 256 for factor in (3, 5, 7))
    Image.new("RGB", size, colour).save(path)
    return path
