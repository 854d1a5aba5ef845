"""An experiment's runs, with all that they use, into params.yaml."""

from __future__ import annotations

import os
from pathlib import Path

import yaml

from mmner.corpus import catalogue, merge
from mmner.corpus.catalogue import STAGES
from mmner.errors import InputError
from mmner.experiments import definitions
from mmner.experiments.plan import Planned

Key = tuple[str, str]  # (section, name) of an entry of params.yaml


def into_file(path: Path, planned: list[Planned], profile: str, *, force: bool = False) -> list[tuple]:
    """Add the runs `planned` and all that they use to the file at `path`, written at once or not at all.

    Returns (section, name, "added" or "replaced") of what changed. A corpus or variant that the file has already stays
    as it is; the others come from the catalogue and the profile. A run or generated preparation that differs is an
    error, or with `force` replaced.
    Errors: InputError of mmner.corpus.merge, and `missing-params`, `missing-entry`.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        remedy = "run this in the repository's root, or name the file with --params"
        raise InputError("missing-params", "no such file", where=str(path), remedy=remedy) from error
    made = generated(planned, profile)
    sources = [*_stored(planned, profile), made]
    wanted = _wanted(planned, [*sources, text])
    changed = []
    for source in sources:
        chosen = (wanted & _keys(source)) - (set() if source is made else _keys(text))
        text, new = merge.into_text(text, source, chosen, force=force, where=str(path))
        changed += new
    if missing := sorted(wanted - _keys(text)):
        section, name = missing[0]
        what = f"section {section} has no entry {name}, which the experiment uses"
        raise InputError("missing-entry", what, where=str(path), remedy="take it from the params.yaml that ships")
    if changed:
        _write(path, text)
    return changed


def generated(planned: list[Planned], profile: str) -> str:
    """The part of params.yaml that is made here: the runs `planned`, and their preparations of the profile's kinds."""
    engines, _ = definitions.profile(profile)
    preparations = {}
    for run in planned:
        if run.kind not in engines.preparations.get(run.corpus, {}):
            stages = {stage: engines.kinds[run.kind][stage] for stage in STAGES}
            preparations[run.params["preparation"]] = {"corpus": run.corpus} | stages
    sections = {"preparations": preparations, "runs": {run.name: run.params for run in planned}}
    lines = []
    for section, entries in sections.items():
        lines += [f"{section}:"] if entries else []
        for name, values in entries.items():
            lines += [f"  {name}:", *(f"    {key}: {_flow(value)}" for key, value in values.items())]
    return "\n".join(lines) + "\n"


def _stored(planned: list[Planned], profile: str) -> list[str]:
    """The fragments of params.yaml that may hold what the runs use: the catalogue's, then the profile's."""
    there = catalogue.names()
    corpora = [corpus for corpus in dict.fromkeys(run.corpus for run in planned) if corpus in there]
    engines, fragment = definitions.profile(profile)
    return [*(catalogue.load(name).fragment for name in [*corpora, *engines.catalogue]), fragment]


def _wanted(planned: list[Planned], texts: list[str]) -> set[Key]:
    """The entries that the runs need, themselves among them; of a preparation, the last of `texts` that has it says."""
    preparations = {}
    for text in texts:
        preparations |= (yaml.safe_load(text) or {}).get("preparations") or {}
    wanted = set()
    for run in planned:
        wanted |= {("runs", run.name), ("train", run.params["train"]), ("evaluate", run.params["evaluate"])}
        name = run.params["preparation"]
        wanted.add(("preparations", name))
        uses = preparations.get(name, {"corpus": run.corpus})
        wanted |= {("corpora" if stage == "corpus" else stage, variant) for stage, variant in uses.items()}
    return wanted


def _keys(text: str) -> set[Key]:
    return {(section, name) for section, entries in (yaml.safe_load(text) or {}).items() for name in entries or {}}


def _flow(value) -> str:
    """`value` as YAML of one line."""
    return yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=10_000).removesuffix("\n...\n").strip()


def _write(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(text, encoding="utf-8")
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
