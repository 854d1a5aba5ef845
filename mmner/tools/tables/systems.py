"""Systems of params.yaml in the papers' tables, beside runs: what a row shows that no training of ours can have."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mmner.base import params
from mmner.base.errors import InputError
from mmner.ner.fewshot import Shots
from mmner.tag.params import split
from mmner.train.label_leakage import source

TABLES = ("tvo1", "tvo2", "iac1", "iac2", "iac4", "iac5")  # of scores, with a row a method
BY_SHOTS = ("iac5",)  # of these


@dataclass(frozen=True)
class SystemSpec:
    """An entry of section systems, where a table shows it. label: the row. corpus: the one whose labels it has.

    seed, note, shots: as in run_specs.RunSpec; shots of a prompt.
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
    """The systems of params.yaml's `content` that table `table`, such as tvo1, shows, in their order.

    Errors: InputError `bad-params` where an entry names a table that shows no system, or lacks the shots that one is
    by; those of `mmner.tag.params.split`.
    """
    found: list[SystemSpec] = []
    for name, entry in (content.get("systems") or {}).items():
        if not (entry or {}).get("tables"):
            continue
        system, variant = split(content, name)
        shots = variant.get("shots")
        k = None if shots is None else params.build(Shots, shots, f"systems.{name}.shots").k
        _check(name, system.tables, k)
        if label := system.tables.get(table):
            corpus = source(content, system.corpus)
            seed = sum((one.label, one.corpus, one.shots) == (label, corpus, k) for one in found)
            found.append(SystemSpec(name, corpus, label, seed, shots=k))
    return found


def refused(name: str, what: str, remedy: str) -> InputError:
    """The error about what `tables` of system `name` says."""
    return InputError("bad-params", what, where=f"params.yaml: systems.{name}.tables", remedy=remedy)


def _check(name: str, tables: Iterable[str], k: int | None) -> None:
    for table in tables:
        if table not in TABLES:
            raise refused(name, f"{table} is no table that shows systems", f"one of: {', '.join(TABLES)}")
        if table in BY_SHOTS and k is None:
            raise refused(name, f"{table} is by shots, and {name} has none", f"take {table} out, or give it `shots`")
