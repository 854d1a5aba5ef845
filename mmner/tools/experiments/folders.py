"""The folders of experiments/: what the dvc.yaml of each says, and what is wrong with one.

An experiment's dvc.yaml has the stanzas `train` and `evaluate` of the root's, that of what experiments share
(`experiments/preparations/`) those of the preparations. They run in the root, so that paths are the same. Two things
differ, since DVC checks all of it at each `dvc repro`, 150 runs in one experiment perhaps: a stage depends on a small
file with its params (stage `settings`) instead of parsing params.yaml, and on a digest of its code (stage `code`)
instead of ten folders.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from pathlib import Path
from typing import Any

import yaml

from mmner.base import atomic, dvc_files, params, yaml_files
from mmner.base.code_digest import is_code
from mmner.base.errors import InputError
from mmner.base.project import DVC, EXPERIMENTS, PARAMS, SHARED, Place, Project

CODE, SETTINGS = "data/code", "data/experiments"
PER_RUN = "${runs}"
HEADER = """# Written by `python -m mmner experiments`, from the dvc.yaml of the root: change that, then
# `python -m mmner experiments refresh`. What is in params.yaml beside it is yours to change.
"""


def dvc_yaml(place: Place, project: Project, stages: dict[str, Any]) -> str:
    """The text of the dvc.yaml beside `place`. stages: of the root's dvc.yaml."""
    name, file, made = place.file.parent.name, f"{EXPERIMENTS}/{place.file.parent.name}/{PARAMS}", {}
    if name == SHARED:
        command = f"python stages/code.py --stages {DVC} --out {CODE}"
        made["code"] = _stage(command, ["stages", "mmner"], outs=[CODE])  # DVC refuses its own files as deps
    if place.content:
        command = f"python stages/settings.py --params {file} --stages {DVC} --out {SETTINGS}/{name}"
        deps = ["stages/settings.py", "mmner/base", *dict.fromkeys([file, *_others(place, project)])]
        made["settings"] = _stage(command, deps, outs=[f"{SETTINGS}/{name}"])
    for stage, stanza in stages.items():
        each = stanza.get("foreach") if isinstance(stanza, dict) else None
        if isinstance(each, str) and place.content.get(each[2:-1]) is not None:  # DVC stops at a section that is empty
            made[stage] = {"foreach": each, "do": _stanza(stage, stanza["do"], name, file, per_run=each == PER_RUN)}
    return HEADER + yaml.safe_dump({"stages": made}, sort_keys=False, width=120)


def _stage(command: str, deps: list[str], **rest: Any) -> dict[str, Any]:
    return {"cmd": command, "wdir": "../..", "deps": deps, **rest}


def _stanza(stage: str, stanza: dict[str, Any], name: str, file: str, *, per_run: bool) -> dict[str, Any]:
    settings = f"{SETTINGS}/{name}/{'' if per_run else stage + '@'}${{key}}.json"
    program, script, *rest = stanza["cmd"].split()
    command = " ".join([program, script, "--params", settings if per_run else file, *rest])
    deps = [f"{CODE}/{stage}", settings]
    for dep in stanza["deps"]:
        folder = dep.rpartition("/")[0]
        wanted = folder if per_run and dep.endswith(".parquet") else dep  # all that a preparation holds, as one dep
        if not is_code(dep) and wanted not in deps:
            deps.append(wanted)
    kept = {key: value for key, value in stanza.items() if key not in ("cmd", "wdir", "deps", "params")}
    return _stage(command, deps, **kept)


def _others(place: Place, project: Project) -> list[str]:
    """The other files of params that the runs of `place` are looked up in."""
    preparations = {(run or {}).get("preparation") for run in place.entries("runs").values()}
    found = {project.place("preparations", name).file for name in preparations if isinstance(name, str)}
    return sorted(
        f"{EXPERIMENTS}/{file.parent.name}/{PARAMS}" if file != project.places[0].file else PARAMS
        for file in found - {place.file}
    )


def root_stages(root: Path) -> dict[str, Any]:
    """The stages of the dvc.yaml beside `root`. Errors: those of `yaml_files.read`."""
    return yaml_files.read(root.with_name(DVC)).get("stages") or {}


def refresh(project: Project, names: Container[str] | None = None) -> list[Path]:
    """Write the dvc.yaml of the folders `names` (None: of each) anew; returns those that changed."""
    stages, changed = root_stages(project.places[0].file), []
    for place in project.places[1:]:
        if names is not None and place.file.parent.name not in names:
            continue
        path, text = place.file.with_name(DVC), dvc_yaml(place, project, stages)
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            atomic.write_text(path, text)
            changed.append(path)
    return changed


def wrong(root: Path = Path(PARAMS)) -> Iterator[tuple[str, InputError]]:
    """(the folder, what is wrong with it) for each folder of experiments/ that `experiments add` would not leave so."""
    folder = root.parent / EXPERIMENTS
    for one in sorted(folder.iterdir()) if folder.is_dir() else ():
        if not one.is_dir():
            continue
        there = {name for name in (DVC, PARAMS, dvc_files.LOCK) if (one / name).is_file()}
        if not params.NAME.fullmatch(one.name):
            remedy = "rename it: letters, digits, _ and -, as `dvc repro` takes it"
            yield str(one), InputError("bad-name", f"{one.name!r} is no name", where=str(one), remedy=remedy)
        elif not {DVC, PARAMS} <= there:
            lacking = " and no ".join(sorted({DVC, PARAMS} - there))
            remedy = f"rm -r {one}; or `python -m mmner experiments add` writes what is lacking"
            yield str(one), InputError("half-deleted", f"no {lacking}", where=str(one), remedy=remedy)


def differing(project: Project) -> Iterator[tuple[str, InputError]]:
    """(the entry, what is wrong) for each corpus of which two files say different things: its files are the same."""
    for name in project.names("corpora"):
        places = [place for place in project.places if name in place.entries("corpora")]
        for place in places[1:]:
            if place.entries("corpora")[name] != places[0].entries("corpora")[name]:
                what = f"not what {places[0].file} says of the same corpus"
                remedy = "write the same in both"
                yield f"corpora.{name}", InputError("corpus-differs", what, where=str(place.file), remedy=remedy)


def edited(project: Project) -> Iterator[tuple[str, InputError]]:
    """(the folder, what is wrong) for each whose dvc.yaml is not what `dvc_yaml` says now."""
    stages = root_stages(project.places[0].file)
    for place in project.places[1:]:
        path = place.file.with_name(DVC)
        if path.is_file() and path.read_text(encoding="utf-8") != dvc_yaml(place, project, stages):
            what = "not what is made of the root's dvc.yaml now: edited by hand, or written for another version"
            remedy = "python -m mmner experiments refresh"
            yield str(path.parent), InputError("other-stages", what, where=str(path), remedy=remedy)
