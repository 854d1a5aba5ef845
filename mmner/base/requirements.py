"""What has to be there before a variant can compute its first row, as plain facts.

A params class names its own in `needs()`; `python -m mmner doctor` (mmner/tools/doctor) looks whether they are there.
Nothing is looked at here, so that stages don't depend on how the doctor looks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Package:
    """A Python package, by the name that it is imported by."""

    name: str


@dataclass(frozen=True)
class Weights:
    """A network of transformers: `embedded:NAME`, a folder, or a name on the model hub.

    `use`: cpu is for sentence vectors, which the CPU makes in float32; run has float32 weights and computes as
    `precision` says; half has the weights themselves as `precision` says; train has float32 weights and AdamW.
    """

    place: str
    revision: str | None = None
    allow_pickle: bool = False
    precision: Literal["auto", "float32", "bf16"] = "auto"
    use: Literal["cpu", "run", "half", "train"] = "cpu"


@dataclass(frozen=True)
class Key:
    """An environment variable that holds a key."""

    variable: str


@dataclass(frozen=True)
class Server:
    """An OpenAI-compatible server that serves `model`; `key`: the variable with its key, if it wants one."""

    url: str
    model: str
    key: str | None


@dataclass(frozen=True)
class Wiki:
    """A MediaWiki with TextExtracts at `address` (where api.php is), which is told `contact`."""

    address: str
    contact: str


@dataclass(frozen=True)
class Archive:
    """A ZIM file."""

    file: str


@dataclass(frozen=True)
class File:
    """A file that somebody already made."""

    path: str


@dataclass(frozen=True)
class Corpus:
    """A corpus folder with one file a split, and the image folder where it has one.

    `max_failed`: share (0..1) of examples that may lack their image.
    """

    folder: str
    splits: tuple[str, ...]
    images: str | None
    max_failed: float


@dataclass(frozen=True)
class Environment:
    """A Python environment beside the main one, by name."""

    name: str


@dataclass(frozen=True)
class Folder:
    """A folder of checkpoints with all that its library loads (mmner/networks/checkpoints.py)."""

    path: str
    allow_pickle: bool


Need = Package | Weights | Key | Server | Wiki | Archive | File | Folder | Corpus | Environment
