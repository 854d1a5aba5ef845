"""The runs of an experiment as specifications: the name and the params.yaml entry of each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from mmner.base import yaml_files
from mmner.base.errors import InputError
from mmner.base.params import REMOTE
from mmner.tools import catalogue
from mmner.tools.experiments import definitions
from mmner.tools.experiments.definitions import SCRATCH, Block, Profile

OWN_SEEDS, OWN_TRAIN = [1, 2, 3], "minilm"  # of runs on a corpus of the user's own
TEXT_ONLY = "text"  # the kind of preparation that needs no image
SAMPLED = "sampled"  # that of TVO's row without an LLM
WITHOUT_LLM = {"expressions": "none", "regions": "sampled", "chains": "none"}


@dataclass(frozen=True)
class RunSpec:
    """One run of an experiment, trained or not.

    label: its row's name as printed. shots: K, or None for all sentences. kind: of its preparation. params: its
    entry in section runs. note: printed below the table. variants: of its preparation, where the profile does not say
    them; {} where it is there already. folder: of its experiment, below experiments/. Runs of one
    cell differ in `seed`.
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
    variants: dict[str, str] | None = None
    folder: str = ""


def runs(experiment: str, profile: str) -> list[RunSpec]:
    """The runs of `experiment` in `profile`, in the order of its definition; [] where it has none there.

    Errors: InputError of `mmner.tools.experiments.definitions`, and `unknown-row`, `no-preparation`.
    """
    engines, _ = definitions.profile(profile)
    return _runs(experiment, engines, definitions.load(experiment).profiles.get(profile, []))


def on_own_corpus(experiment: str, profile: str, corpus: str, content: dict) -> list[RunSpec]:
    """The rows that `experiment` runs on its first corpus, on `corpus` of `content`, params.yaml's, with three seeds.

    They use the preparation that has the corpus's name; the row without an LLM one with sampled regions. A variant of
    train that belongs to a corpus of the catalogue becomes `minilm`.
    Errors: those of `runs`; InputError `no-preparation` where there is none, `no-runs` where no block has rows.
    """
    blocks = [block for block in definitions.load(experiment).profiles.get(profile, []) if block.rows]
    if not blocks:
        what = f"{experiment} has no rows to run on a corpus of your own in profile {profile}"
        raise InputError("no-runs", what, remedy="tvo2 and iac4 have: python -m mmner experiments list")
    blocks = [block for block in blocks if block.corpora[0] == blocks[0].corpora[0]]
    chosen = (content.get("preparations") or {}).get(corpus)
    if chosen is None or chosen.get("corpus") != corpus:
        remedy = f"python -m mmner corpus new {corpus} FOLDER makes it, or write it into params.yaml"
        raise InputError("no-preparation", f"no preparation {corpus} of corpus {corpus}", remedy=remedy)
    variants = {key: variant for key, variant in chosen.items() if key not in ("corpus", REMOTE)}
    engines, fragment = definitions.profile(profile)
    of_profile = yaml_files.parse(fragment, profile).get("train") or {}
    of = definitions.load(experiment).rows
    kinds = {row.kind for block in blocks for row in definitions.rows(block.of or of).values()}
    engines = engines.model_copy(
        update={
            "preparations": engines.preparations | {corpus: dict.fromkeys(kinds - {SAMPLED}, corpus)},
        }
    )
    own = {"corpora": [corpus], "seeds": OWN_SEEDS, "note": "", "notes": {}}
    taught = [{"train": block.train if block.train in of_profile else OWN_TRAIN} for block in blocks]
    specs = _runs(
        experiment,
        engines,
        [block.model_copy(update=own | train) for block, train in zip(blocks, taught, strict=True)],
    )
    return [
        replace(
            run,
            params=run.params | {REMOTE: chosen.get(REMOTE)},
            variants=variants | WITHOUT_LLM if run.kind == SAMPLED else {},
        )
        for run in specs
    ]


def _runs(experiment: str, engines: Profile, blocks: list[Block]) -> list[RunSpec]:
    definition, specs = definitions.load(experiment), []
    for block in blocks:
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
        REMOTE: catalogue.remote(corpus),
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
    return RunSpec(
        name, corpus, key, rows[key].name, shots, seed, rows[key].kind, params, note, folder=engines.prefix + experiment
    )


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
