"""The runs of an experiment as specifications: the name and the params.yaml entry of each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from mmner.base.errors import InputError
from mmner.tools import catalogue
from mmner.tools.experiments import definitions
from mmner.tools.experiments.definitions import SCRATCH, Block, Profile

TEXT_ONLY = "text"  # the kind of preparation that needs no image


@dataclass(frozen=True)
class RunSpec:
    """One run of an experiment, trained or not.

    label: its row's name as printed. shots: K, or None for all sentences. kind: of its preparation. params: its
    entry in params.yaml's section runs. note: printed below the table. Runs of one cell differ in `seed`.
    """

    name: str
    corpus: str
    row: str
    label: str
    shots: int | None
    seed: int
    kind: str
    params: dict[str, Any]
    note: str


def runs(experiment: str, profile: str) -> list[RunSpec]:
    """The runs of `experiment` in `profile`, in the order of its definition; [] where it has none there.

    Errors: InputError of `mmner.tools.experiments.definitions`, and `unknown-row`, `no-preparation`.
    """
    definition = definitions.load(experiment)
    engines, _ = definitions.profile(profile)
    specs = []
    for block in definition.profiles.get(profile, []):
        for corpus in block.corpora:
            for row in block.rows or [None]:
                for shots in block.shots or [None]:
                    for seed in block.seeds:
                        specs.append(_run(experiment, definition.rows, engines, block, corpus, row, shots, seed))
    return specs


def with_borrowed_runs(experiment: str, profile: str) -> list[RunSpec]:
    """The runs of others that the table of `experiment` shows, with its labels of rows, then its own runs."""
    definition = definitions.load(experiment)
    labels = definitions.rows("text") | definitions.rows(definition.rows)
    borrowed = []
    for other, renamed in definition.also.get(profile, {}).items():
        for run in runs(other, profile):
            if run.row in renamed:
                key = renamed[run.row]
                borrowed.append(replace(run, row=key, label=labels[key].name))
    return borrowed + runs(experiment, profile)


def _run(experiment, of: str, engines: Profile, block: Block, corpus: str, row, shots, seed: int) -> RunSpec:
    rows = definitions.rows(block.of or of)
    key = row or next(iter(rows))
    if key not in rows:
        what, remedy = f"no row {key} in {block.of or of}", f"one of: {', '.join(rows)}"
        raise InputError("unknown-row", what, where=f"mmner/catalogue/experiments/{experiment}.yaml", remedy=remedy)
    parts = [experiment, corpus, f"k{shots}" if shots else row, f"s{seed}"]
    params = {
        "preparation": preparation(engines, corpus, rows[key].kind),
        "remote": catalogue.remote(corpus),
        "from": block.from_ if block.from_ == SCRATCH else engines.prefix + block.from_,
        "train": block.trains.get(key, block.train),
        "evaluate": "strict",
        "seed": seed,
        "switches": rows[key].switches | block.switches,
    }
    if shots:
        params["shots"] = {"k": shots, "seed": seed}
    note = "; ".join(filter(None, (block.note, block.notes.get(key))))
    name = engines.prefix + "-".join(filter(None, parts))
    return RunSpec(name, corpus, key, rows[key].name, shots, seed, rows[key].kind, params, note)


def preparation(engines: Profile, corpus: str, kind: str) -> str:
    """The name of the preparation of `kind` on `corpus`. Errors: InputError `no-preparation`."""
    if name := engines.preparations.get(corpus, {}).get(kind):
        return name
    if kind not in engines.kinds:
        what, remedy = f"no {kind} preparation of {corpus}", "name one in the profile's preparations, or its kinds"
        raise InputError("no-preparation", what, where="mmner/catalogue/experiments/profiles", remedy=remedy)
    return f"{engines.prefix}{corpus}-{kind}"


def corpus_read(engines: Profile, corpus: str, kind: str) -> str:
    """The corpus that a generated preparation of `kind` reads: `corpus`, or the one with images made from it."""
    return f"{corpus}-images" if kind != TEXT_ONLY and corpus in engines.illustrated else corpus


def parents(specs: list[RunSpec], profile: str) -> list[RunSpec]:
    """The runs from which `specs` start and that are not among them. Errors: InputError `unknown-parent`."""
    missing = {run.params["from"] for run in specs} - {run.name for run in specs} - {SCRATCH}
    known = {run.name: run for name in definitions.names() for run in runs(name, profile)} if missing else {}
    if unknown := sorted(missing - known.keys()):
        what, remedy = f"no experiment has the run {unknown[0]}", "name a run of another experiment after from:"
        raise InputError("unknown-parent", what, where="mmner/catalogue/experiments", remedy=remedy)
    return [known[name] for name in sorted(missing)]
