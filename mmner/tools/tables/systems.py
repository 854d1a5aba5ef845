"""Systems of params.yaml in the papers' tables, beside runs: what a row shows that no training of ours can have."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mmner.base import params
from mmner.train.label_leakage import source


@dataclass(frozen=True)
class SystemSpec:
    """An entry of section systems, where a table shows it. label: the row. corpus: the one whose labels it has.

    seed, note, shots: as in run_specs.RunSpec.
    """

    name: str
    corpus: str
    label: str
    seed: int = 0
    note: str = "a system, not a training of ours"
    shots: int | None = None


def place(run, runs: Path) -> Path:
    """The folder of `run`, a RunSpec or a SystemSpec. runs: where runs lie; systems lie beside."""
    return runs.parent / "systems" / run.name if isinstance(run, SystemSpec) else runs / run.name


def shown(table: str, content: dict) -> list[SystemSpec]:
    """The systems of params.yaml's `content` that table `table`, such as tvo1, shows, in their order."""
    found: list[SystemSpec] = []
    for name, entry in (content.get("systems") or {}).items():
        label = ((entry or {}).get("tables") or {}).get(table)
        if label is not None:
            corpus = source(content, params.corpus_of(content, entry["preparation"]))
            seed = sum((one.label, one.corpus) == (label, corpus) for one in found)
            found.append(SystemSpec(name, corpus, label, seed))
    return found
