"""An experiment's runs: what each is called, and what it is in params.yaml."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from mmner.base.errors import InputError
from mmner.tools.experiments import definitions
from mmner.tools.experiments.definitions import SCRATCH, Block, Profile

IMAGELESS = "text"  # the kind of preparation that needs no image


@dataclass(frozen=True)
class Planned:
    """One run of an experiment.

    label: its row's name as printed. shots: K, or None for all sentences. kind: of its preparation. params: its
    entry of params.yaml's section runs. note: what a reader of the table has to know. Runs of a cell differ in `seed`.
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


def runs(experiment: str, profile: str) -> list[Planned]:
    """The runs of `experiment` in `profile`, in the order of its definition; none where the profile has no part of it.

    Errors: InputError of `mmner.tools.experiments.definitions`, and `unknown-row`, `no-preparation`.
    """
    definition = definitions.load(experiment)
    engines, _ = definitions.profile(profile)
    planned = []
    for block in definition.profiles.get(profile, []):
        for corpus in block.corpora:
            for row in block.rows or [None]:
                for shots in block.shots or [None]:
                    for seed in block.seeds:
                        planned.append(_run(experiment, definition.rows, engines, block, corpus, row, shots, seed))
    return planned


def whole(experiment: str, profile: str) -> list[Planned]:
    """`runs`, and before them those of other experiments that its table shows, under this table's names of rows."""
    definition = definitions.load(experiment)
    labels = definitions.rows("text") | definitions.rows(definition.rows)
    shown = []
    for other, renamed in definition.also.get(profile, {}).items():
        for run in runs(other, profile):
            if run.row in renamed:
                key = renamed[run.row]
                shown.append(replace(run, row=key, label=labels[key].name))
    return shown + runs(experiment, profile)


def _run(experiment, of: str, engines: Profile, block: Block, corpus: str, row, shots, seed: int) -> Planned:
    found = definitions.rows(block.of or of)
    key = row or next(iter(found))
    if key not in found:
        what, remedy = f"no row {key} in {block.of or of}", f"one of: {', '.join(found)}"
        raise InputError("unknown-row", what, where=f"mmner/catalogue/experiments/{experiment}.yaml", remedy=remedy)
    parts = [experiment, corpus, f"k{shots}" if shots else row, f"s{seed}"]
    params = {
        "preparation": preparation(engines, corpus, found[key].kind),
        "from": block.from_ if block.from_ == SCRATCH else engines.prefix + block.from_,
        "train": block.trains.get(key, block.train),
        "evaluate": "strict",
        "seed": seed,
        "switches": found[key].switches | block.switches,
    }
    if shots:
        params["shots"] = {"k": shots, "seed": seed}
    note = "; ".join(filter(None, (block.note, block.notes.get(key))))
    name = engines.prefix + "-".join(filter(None, parts))
    return Planned(name, corpus, key, found[key].name, shots, seed, found[key].kind, params, note)


def preparation(engines: Profile, corpus: str, kind: str) -> str:
    """The name of the preparation of `kind` on `corpus`. Errors: InputError `no-preparation`."""
    if there := engines.preparations.get(corpus, {}).get(kind):
        return there
    if kind not in engines.kinds:
        what, remedy = f"no {kind} preparation of {corpus}", "name one in the profile's preparations, or its kinds"
        raise InputError("no-preparation", what, where="mmner/catalogue/experiments/profiles", remedy=remedy)
    return f"{engines.prefix}{corpus}-{kind}"


def data(engines: Profile, corpus: str, kind: str) -> str:
    """The corpus that a generated preparation of `kind` reads: `corpus`, or what the stage images makes of it."""
    return f"{corpus}-images" if kind != IMAGELESS and corpus in engines.illustrated else corpus


def parents(planned: list[Planned], profile: str) -> list[Planned]:
    """The runs that those `planned` start from and that are not among them. Errors: InputError `unknown-parent`."""
    missing = {run.params["from"] for run in planned} - {run.name for run in planned} - {SCRATCH}
    known = {run.name: run for name in definitions.names() for run in runs(name, profile)} if missing else {}
    if unknown := sorted(missing - known.keys()):
        what, remedy = f"no experiment has the run {unknown[0]}", "name a run of another experiment after from:"
        raise InputError("unknown-parent", what, where="mmner/catalogue/experiments", remedy=remedy)
    return [known[name] for name in sorted(missing)]
