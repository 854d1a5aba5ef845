"""Requirements: what must exist before a variant can compute its first row, as plain facts.

A params class returns its own from `requirements()`; `python -m mmner doctor` (mmner/tools/doctor) checks whether
they are met. Nothing is checked here, so that stages don't depend on the checks.
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

    `use`: cpu: on the CPU, in float32 (sentence vectors). run: float32 weights, computes in `precision`. half: the
    weights themselves are in `precision`. train: float32 weights, gradients, and AdamW's moments. text: it is a text
    encoder, with a tokenizer.
    """

    place: str
    revision: str | None = None
    allow_pickle: bool = False
    precision: Literal["auto", "float32", "bf16"] = "auto"
    use: Literal["cpu", "run", "half", "train"] = "cpu"
    text: bool = False


@dataclass(frozen=True)
class Key:
    """An environment variable that holds a key."""

    variable: str


@dataclass(frozen=True)
class Server:
    """An OpenAI-compatible server that serves `model`; `key`: the variable with its key, if it wants one.

    query: (name, value) of each address, such as api-version.
    """

    url: str
    model: str
    key: str | None
    query: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Wiki:
    """A MediaWiki with TextExtracts at `address` (where api.php is); `contact`: whom requests to it name."""

    address: str
    contact: str


@dataclass(frozen=True)
class ZimFile:
    """A ZIM file."""

    file: str


@dataclass(frozen=True)
class PrecomputedFile:
    """A file with rows that another program made."""

    path: str


@dataclass(frozen=True)
class CorpusFolder:
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
class CheckpointFolder:
    """A folder of checkpoints with all that its library loads (mmner/networks/checkpoints.py)."""

    path: str
    allow_pickle: bool


Requirement = (
    Package | Weights | Key | Server | Wiki | ZimFile | PrecomputedFile | CheckpointFolder | CorpusFolder | Environment
)
