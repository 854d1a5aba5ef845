"""An experiment's runs, with all that they use, into params.yaml."""

from __future__ import annotations

import os
from pathlib import Path

import yaml

from mmner.base.errors import InputError
from mmner.rows.stages import PREPARED
from mmner.tools import catalogue
from mmner.tools.catalogue import merge
from mmner.tools.experiments import definitions
from mmner.tools.experiments.definitions import Profile
from mmner.tools.experiments.plan import Planned, data

Key = tuple[str, str]  # (section, name) of an entry of params.yaml


def into_file(path: Path, planned: list[Planned], profile: str, *, force: bool = False) -> list[tuple]:
    """Add the runs `planned` and all that they use to the file at `path`, written at once or not at all.

    Returns (section, name, "added" or "replaced") of what changed. A corpus or variant that the file has already stays
    as it is; the others come from the catalogue and the profile. A run or generated preparation that differs is an
    error, or with `force` replaced.
    Errors: InputError of mmner.tools.catalogue.merge, and `missing-params`, `missing-entry`.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        remedy = "run this in the repository's root, or name the file with --params"
        raise InputError("missing-params", "no such file", where=str(path), remedy=remedy) from error
    if not planned:
        return []
    made = generated(planned, profile)
    sources = [*_stored(planned, profile), made]
    wanted = _wanted(planned, made, [*sources, text])
    changed = []
    for source in sources:
        stays = {key for key in _keys(text) if source is not made or key[0] in ("corpora", "images")}
        chosen = (wanted & _keys(source)) - stays
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
    """The part of params.yaml that is made here: the runs `planned`, their preparations of the profile's kinds, and
    what gives images to a corpus that has none."""
    engines, _ = definitions.profile(profile)
    sections = {"corpora": {}, "images": {}, "preparations": {}, "runs": {run.name: run.params for run in planned}}
    for run in planned:
        if run.kind in engines.preparations.get(run.corpus, {}):
            continue
        name, read = run.params["preparation"], data(engines, run.corpus, run.kind)
        sections["preparations"][name] = _preparation(engines, read, run.kind)
        if read != run.corpus:
            corpus = catalogue.load(run.corpus).params["corpora"][run.corpus]
            searched = f"{engines.prefix}{run.corpus}-text"
            sections["corpora"][read] = corpus | {"images": "images", "image_suffix": ""}
            sections["images"][read] = {"corpus": run.corpus, "preparation": searched} | engines.images
            sections["preparations"][searched] = _preparation(engines, run.corpus, "text")
    lines = []
    for section, entries in sections.items():
        lines += [f"{section}:"] if entries else []
        for name, values in entries.items():
            lines += [f"  {name}:", *(f"    {key}: {_flow(value)}" for key, value in values.items())]
    return "\n".join(lines) + "\n"


def _preparation(engines: Profile, corpus: str, kind: str) -> dict[str, str]:
    return {"corpus": corpus} | {stage: engines.kinds[kind][stage] for stage in PREPARED}


def _stored(planned: list[Planned], profile: str) -> list[str]:
    """The fragments of params.yaml that may hold what the runs use: the catalogue's, then the profile's."""
    there = catalogue.names()
    corpora = [corpus for corpus in dict.fromkeys(run.corpus for run in planned) if corpus in there]
    engines, fragment = definitions.profile(profile)
    return [*(catalogue.load(name).fragment for name in [*corpora, *engines.catalogue]), fragment]


def _wanted(planned: list[Planned], made: str, texts: list[str]) -> set[Key]:
    """The entries that the runs need, those `made` here among them; of a preparation, the last of `texts` that has it
    says what it uses."""
    preparations = {}
    for text in texts:
        preparations |= merge.loaded(text).get("preparations") or {}
    wanted = _keys(made)
    for run in planned:
        wanted |= {("train", run.params["train"]), ("evaluate", run.params["evaluate"])}
        wanted.add(("preparations", run.params["preparation"]))
    for name in [name for section, name in wanted if section == "preparations" and name in preparations]:
        uses = preparations[name].items()
        wanted |= {("corpora" if stage == "corpus" else stage, variant) for stage, variant in uses}
    return wanted


def _keys(text: str) -> set[Key]:
    return {(section, name) for section, entries in merge.loaded(text).items() for name in entries or {}}


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
