"""Adding an experiment: its runs to a folder of experiments/, what they share to `experiments/preparations/`."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from mmner.base import atomic, params, project, yaml_files
from mmner.base.errors import InputError
from mmner.base.project import EXPERIMENTS, PARAMS, SHARED, Project
from mmner.rows.stages import PREPARED
from mmner.tools import catalogue
from mmner.tools.catalogue import merge
from mmner.tools.experiments import definitions, folders
from mmner.tools.experiments.definitions import Profile
from mmner.tools.experiments.run_specs import RunSpec, corpus_read

Key = tuple[str, str]  # (section, name) of an entry of params.yaml


def add(root: Path, specs: list[RunSpec], profile: str, *, force: bool = False) -> list[tuple]:
    """Add the runs `specs` to the folders of their experiments, and what they use and no file has to the shared one.

    root: the params.yaml of the project. Returns (folder, section, name, "added" or "replaced") of what changed. A
    preparation that a file has already stays where and as it is. Corpora and variants of new ones are copied from the
    root where it has them, else from the catalogue and the profile; so are those of `train` and `evaluate`. A run or
    generated preparation that differs is an error, or with `force` replaced.
    Errors: InputError of mmner.tools.catalogue.merge and project; `missing-entry`; `defined-twice` of a run that stands
    elsewhere; `other-stages` of a dvc.yaml that was edited.
    """
    before, text = project.load(root), merge.read_text(root)
    generated = generated_params(specs, profile)
    sources = [Source(source) for source in (text, *_fragments(specs, profile), generated)]
    texts: dict[str, str] = {}
    changed = []
    for folder in [SHARED, *dict.fromkeys(run.folder for run in specs)] if specs else []:
        runs = [run for run in specs if run.folder == folder]
        _refuse_runs_elsewhere(before, runs, root.parent / EXPERIMENTS / folder / PARAMS)
        own = _wanted_of_runs(runs) if runs else _wanted_of_preparations(before, specs, sources, folder, root)
        if own or folder == SHARED:
            path = root.parent / EXPERIMENTS / folder / PARAMS
            texts[folder], new = _merged(path, own, sources, force=force)
            changed += [(folder, *one) for one in new]
    for folder, error in folders.edited(before):
        if Path(folder).name in texts and not force:
            raise error
    _write(root, texts, {folder for folder, *_ in changed})
    return changed


class Source:
    """Text from which entries are taken, read once. content: by section and name. keys: of all entries."""

    def __init__(self, text: str):
        self.text, self.content = text, yaml_files.parse(text, PARAMS) or {}
        self.keys = {(section, name) for section in params.SECTIONS for name in self.content.get(section) or {}}


def _refuse_runs_elsewhere(before: Project, runs: list[RunSpec], file: Path) -> None:
    for run in runs:
        place = before.place("runs", run.name)
        if run.name in place.entries("runs") and place.file != file:
            remedy = "python -m mmner experiments move, which makes folders of what params.yaml has of experiments"
            raise InputError(
                "defined-twice", f"run {run.name} stands here already", where=str(place.file), remedy=remedy
            )


def _wanted_of_runs(runs: list[RunSpec]) -> set[Key]:
    wanted = {("runs", run.name) for run in runs}
    return wanted | {(section, run.params[section]) for run in runs for section in ("train", "evaluate")}


def _wanted_of_preparations(
    before: Project, specs: list[RunSpec], sources: list[Source], folder: str, root: Path
) -> set[Key]:
    """The preparations of `specs` that no other file has than that of `folder`, and all that they name."""
    known: dict[str, dict] = {section: {} for section in ("preparations", "images")}
    for source in sources[1:]:
        for section, entries in known.items():
            known[section] = entries | (source.content.get(section) or {})
    file = root.parent / EXPERIMENTS / folder / PARAMS
    todo, wanted = [run.params["preparation"] for run in specs], set()
    while todo:
        name = todo.pop()
        place = before.place("preparations", name)
        if ("preparations", name) in wanted or (name in place.entries("preparations") and place.file != file):
            continue
        chosen = place.entries("preparations").get(name) or known["preparations"].get(name)
        if chosen is None:
            raise _missing("preparations", name)
        wanted.add(("preparations", name))
        wanted |= {
            ("corpora" if key == "corpus" else key, value) for key, value in chosen.items() if key != params.REMOTE
        }
        if found_by := known["images"].get(chosen["corpus"]):
            wanted |= {("images", chosen["corpus"]), ("corpora", found_by["corpus"])}
            todo.append(found_by["preparation"])
    return wanted


def _merged(path: Path, wanted: set[Key], sources: list[Source], *, force: bool) -> tuple[str, list[tuple]]:
    """The text of the params at `path` with the entries `wanted`, each of the first of `sources` that has it."""
    text, changed = merge.read_text(path) if path.is_file() else "", []
    there = Source(text).keys
    for source in sources:
        generated = source is sources[-1]
        stays = {key for key in there if not generated or key[0] in ("corpora", "images")}
        chosen = (wanted & source.keys) - stays
        if source is sources[0]:
            chosen = {key for key in chosen if key[0] not in project.SINGLE}
        if chosen:
            text, new = merge.into_text(text, source.text, chosen, force=force, where=str(path))
            changed += new
            there |= chosen
    if missing := sorted(wanted - there):
        raise _missing(*missing[0])
    return text, changed


def _missing(section: str, name: str) -> InputError:
    what = f"section {section} has no entry {name}, which the experiment uses"
    return InputError("missing-entry", what, where=PARAMS, remedy="take it from the params.yaml that ships")


def _write(root: Path, texts: dict[str, str], changed: set[str]) -> None:
    """Write the params.yaml of each of `texts`, by folder, that changed; then the dvc.yaml of each."""
    for folder, text in texts.items():
        path = root.parent / EXPERIMENTS / folder / PARAMS
        if folder in changed or not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            atomic.write_text(path, text.lstrip("\n") or "{}\n")
    folders.refresh(project.load(root), texts)


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


def _flow(value) -> str:
    """`value` as YAML of one line."""
    line = yaml.dump(value, Dumper=_Dumper, default_flow_style=True, sort_keys=False, width=10_000)
    return line.removesuffix("\n...\n").strip()


class _Dumper(yaml.SafeDumper):
    """Quotes the words that YAML 1.2 takes for numbers, too."""


_Dumper.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(r"\d+[eE]\d+|0o[0-7]+"), list("0123456789"))
