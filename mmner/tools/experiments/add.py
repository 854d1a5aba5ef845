"""Adding an experiment's runs to params.yaml, with all entries that they use."""

from __future__ import annotations

from pathlib import Path

import yaml

from mmner.base import atomic, params, yaml_files
from mmner.base.errors import InputError
from mmner.rows.stages import PREPARED
from mmner.tools import catalogue
from mmner.tools.catalogue import merge
from mmner.tools.experiments import definitions
from mmner.tools.experiments.definitions import Profile
from mmner.tools.experiments.run_specs import RunSpec, corpus_read

Key = tuple[str, str]  # (section, name) of an entry of params.yaml


def into_file(path: Path, specs: list[RunSpec], profile: str, *, force: bool = False) -> list[tuple]:
    """Add the runs `specs` and all entries that they use to the file at `path`, which is replaced as a whole.

    Returns (section, name, "added" or "replaced") of what changed. A corpus or variant that the file has already stays
    as it is; the others come from the catalogue and the profile. A run or generated preparation that differs is an
    error, or with `force` replaced.
    Errors: InputError of mmner.tools.catalogue.merge, and `missing-entry`.
    """
    text = merge.read_text(path)
    if not specs:
        return []
    fragment = generated_params(specs, profile)
    sources = [*_fragments(specs, profile), fragment]
    wanted = _wanted(specs, fragment, [*sources, text])
    changed = []
    for source in sources:
        stays = {key for key in _keys(text) if source is not fragment or key[0] in ("corpora", "images")}
        chosen = (wanted & _keys(source)) - stays
        text, new = merge.into_text(text, source, chosen, force=force, where=str(path))
        changed += new
    if missing := sorted(wanted - _keys(text)):
        section, name = missing[0]
        what = f"section {section} has no entry {name}, which the experiment uses"
        raise InputError("missing-entry", what, where=str(path), remedy="take it from the params.yaml that ships")
    if changed:
        atomic.write_text(path, text)
    return changed


def generated_params(specs: list[RunSpec], profile: str) -> str:
    """The part of params.yaml that no catalogue holds: the runs `specs`, their preparations of the profile's kinds, and
    the entries by which a corpus without images gets some."""
    engines, _ = definitions.profile(profile)
    sections = {"corpora": {}, "images": {}, "preparations": {}, "runs": {run.name: run.params for run in specs}}
    for run in specs:
        if run.variants == {} or (run.variants is None and run.kind in engines.preparations.get(run.corpus, {})):
            continue
        name, corpus = run.params["preparation"], corpus_read(engines, run.corpus, run.kind)
        sections["preparations"][name] = _preparation(engines, corpus, run)
        if corpus != run.corpus:
            entry = catalogue.load(run.corpus).params["corpora"][run.corpus]
            searched = f"{engines.prefix}{run.corpus}-text"
            sections["corpora"][corpus] = entry | {"images": "images", "image_suffix": ""}
            searched_by = {"corpus": run.corpus, "preparation": searched, params.REMOTE: run.params[params.REMOTE]}
            sections["images"][corpus] = searched_by | engines.images
            sections["preparations"][searched] = _preparation(engines, run.corpus, run, "text")
    lines = []
    for section, entries in sections.items():
        lines += [f"{section}:"] if entries else []
        for name, values in entries.items():
            lines += [f"  {name}:", *(f"    {key}: {_flow(value)}" for key, value in values.items())]
    return "\n".join(lines) + "\n"


def _preparation(engines: Profile, corpus: str, run: RunSpec, kind: str | None = None) -> dict[str, str]:
    """The entry of a preparation of `corpus`, of `kind` (else the one that `run` wants), shared as `run` is."""
    variants = run.variants or engines.kinds[kind or run.kind]
    return {"corpus": corpus, params.REMOTE: run.params[params.REMOTE]} | {stage: variants[stage] for stage in PREPARED}


def _fragments(specs: list[RunSpec], profile: str) -> list[str]:
    """The fragments of params.yaml in which entries that the runs use are looked up: the catalogue's, the profile's."""
    entries = catalogue.names()
    corpora = [corpus for corpus in dict.fromkeys(run.corpus for run in specs) if corpus in entries]
    engines, fragment = definitions.profile(profile)
    return [*(catalogue.load(name).fragment for name in [*corpora, *engines.catalogue]), fragment]


def _wanted(specs: list[RunSpec], fragment: str, texts: list[str]) -> set[Key]:
    """The entries of `fragment` and those that the runs `specs` use. A preparation uses what its entry in the last of
    `texts` that has it names."""
    preparations = {}
    for text in texts:
        preparations |= yaml_files.parse(text, "params.yaml").get("preparations") or {}
    wanted = _keys(fragment)
    for run in specs:
        wanted |= {("train", run.params["train"]), ("evaluate", run.params["evaluate"])}
        wanted.add(("preparations", run.params["preparation"]))
    for name in [name for section, name in wanted if section == "preparations" and name in preparations]:
        uses = {key: variant for key, variant in preparations[name].items() if key != params.REMOTE}
        wanted |= {("corpora" if stage == "corpus" else stage, variant) for stage, variant in uses.items()}
    return wanted


def _keys(text: str) -> set[Key]:
    content = yaml_files.parse(text, "params.yaml")
    return {(section, name) for section in params.SECTIONS for name in content.get(section) or {}}


def _flow(value) -> str:
    """`value` as YAML of one line."""
    return yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=10_000).removesuffix("\n...\n").strip()
