"""All params of a project: the root's params.yaml, and that of each folder of `experiments/`.

A preparation, a run or a corpus that the stage `images` makes stands in one file alone, since it is a folder under
data/. What a preparation names (corpora, variants) is looked up in the file that the preparation stands in; what a run
names in the run's own (`train`, `evaluate`), and in its preparation's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmner.base import dvc_files, params, yaml_files
from mmner.base.dvc_files import EXPERIMENTS
from mmner.base.errors import InputError

PARAMS, DVC = "params.yaml", "dvc.yaml"
SHARED = "preparations"  # the folder there of what experiments share
SINGLE = ("preparations", "images", "runs")  # sections whose entries are folders under data/
OF_RUNS = ("train", "evaluate", "runs")


@dataclass(frozen=True)
class Place:
    """A file of params, and what it holds. The dvc.yaml and the dvc.lock beside it are those of its stages."""

    file: Path
    content: dict[str, Any]

    @property
    def lock(self) -> Path:
        return self.file.with_name(dvc_files.LOCK)

    def address(self, stage: str, name: str) -> str:
        """What `dvc repro` calls `stage` of entry `name` of this file."""
        prefix = "" if self.file.parent == Path() else f"{self.file.with_name(DVC).as_posix()}:"
        return f"{prefix}{stage}@{name}"

    def entries(self, section: str) -> dict[str, Any]:
        return self.content.get(section) or {}


class Project:
    """The places of a project, the root's first. Errors: InputError `defined-twice`; with `check`, before anything."""

    def __init__(self, places: list[Place], *, check: bool = True):
        self.places = places
        for section in SINGLE if check else ():
            found: dict[str, Path] = {}
            for place, name in self._all(section):
                if name in found:
                    what = f"{section}.{name} stands here and in {found[name]}, and is one folder under data/"
                    raise InputError("defined-twice", what, where=str(place.file), remedy="delete one of the two")
                found[name] = place.file

    def _all(self, section: str) -> Iterator[tuple[Place, str]]:
        return ((place, name) for place in self.places for name in place.entries(section))

    def names(self, section: str) -> list[str]:
        """The names of all entries of `section`."""
        return list(dict.fromkeys(name for _, name in self._all(section)))

    def place(self, section: str, name: str) -> Place:
        """Where entry `name` of `section` stands; the root where it stands nowhere: what reads it then says so."""
        return next((place for place, one in self._all(section) if one == name), self.places[0])

    def of_preparation(self, name: str) -> dict[str, Any]:
        """The params in which what preparation `name` names is looked up, with the preparations of all files."""
        return self.looked_up(self.place("preparations", name))

    def looked_up(self, place: Place) -> dict[str, Any]:
        """What `place` holds, with the preparations, images and runs of all files."""
        return place.content | {section: self._entries(section) for section in SINGLE if self._entries(section)}

    def of_run(self, name: str) -> dict[str, Any]:
        """The params in which what run `name` names is looked up, with the preparations and runs of all files."""
        own = self.place("runs", name)
        run = own.entries("runs").get(name)
        preparation = run.get("preparation") if isinstance(run, dict) else None
        content = self.of_preparation(preparation) if isinstance(preparation, str) else dict(own.content)
        return content | {section: own.content.get(section) for section in OF_RUNS[:-1]}

    def _entries(self, section: str) -> dict[str, Any]:
        return {name: place.entries(section)[name] for place, name in reversed([*self._all(section)])}


def is_root(folder: Path) -> bool:
    """Whether `folder` is the root of a project: it has a dvc.yaml, as an experiment's folder has, and is none."""
    experiment = folder.parent.name == EXPERIMENTS.name and (folder.parent.parent / DVC).is_file()
    return (folder / DVC).is_file() and not experiment


def files(root: str | Path = PARAMS) -> list[Path]:
    """The files of params: `root`, then those of the folders of experiments/ beside it."""
    return [Path(root), *sorted((Path(root).parent / EXPERIMENTS).glob(f"*/{PARAMS}"))]


def load(root: str | Path = PARAMS, *, check: bool = True) -> Project:
    """The project whose root has the params `root`. Errors: those of `params.load` and, with `check`, `Project`."""
    return Project([Place(file, params.load(file)) for file in files(root)], check=check)


def readable(root: str | Path = PARAMS) -> tuple[Project, list[tuple[Path, InputError]]]:
    """The project with what can be read of its files, and (the file, error) about the rest of them."""
    places, errors = [], []
    for file in files(root):
        try:
            content, wrong = params.well_formed(yaml_files.read(file), str(file))
        except InputError as error:
            content, wrong = {}, [error]
        places.append(Place(file, content))
        errors += [(file, error) for error in wrong]
    try:
        Project(places)
    except InputError as error:
        errors.append((Path(root), error))
    return Project(places, check=False), errors


def repro(stage: str, name: str, section: str = "runs") -> str:
    """The command that makes `stage` of entry `name` of `section`, wherever that stands."""
    try:
        place = load(check=False).place(section, name)
    except InputError:  # the remedy of another error, which comes first
        return f"dvc repro {stage}@{name}"
    return f"dvc repro {place.address(stage, name)}"


def watched(content: dict[str, Any], keys: list[str], name: str, entry: dict[str, Any]) -> dict[str, Any]:
    """What `content` says under `keys`, those of a stage's `params` in dvc.yaml, for the entry `name` of its foreach.

    Errors: InputError `unknown-section`, `unknown-entry`, `bad-params`.
    """
    found = {}
    for key in keys:
        text = key.replace("${key}", name)
        for field, value in entry.items():
            text = text.replace(f"${{item.{field}}}", str(value))
        section, one, *rest = text.split(".")
        value = params.entry(content, section, one)
        for part in rest:
            if part not in value:
                raise InputError("bad-params", f"no {part}", where=f"{section}.{one}", remedy=f"write {part}, or null")
            value = value[part]
        found[text] = value
    return found


def used_by_run(content: dict[str, Any], name: str) -> dict[str, Any]:
    """What the stages of run `name` read of `content` (as `Project.of_run` gives it), and nothing else.

    Errors: InputError `unknown-section`, `unknown-entry`, `bad-params`.
    """
    used: dict[str, dict[str, Any]] = {}

    def take(section: str, entry: str) -> dict[str, Any]:
        used.setdefault(section, {})[entry] = params.entry(content, section, entry)
        return used[section][entry]

    run = take("runs", name)
    for section in ("train", "evaluate"):
        take(section, run.get(section))
    todo = [run.get("preparation")]
    while todo:
        preparation = todo.pop()
        if preparation in used.get("preparations", {}):
            continue
        chosen, corpus = take("preparations", preparation), params.corpus_of(content, preparation)
        take("corpora", corpus)
        take("candidates", chosen.get("candidates"))
        while corpus in (content.get("images") or {}) and corpus not in used.get("images", {}):
            made = take("images", corpus)
            todo.append(made.get("preparation"))
            corpus = made.get("corpus")
            take("corpora", corpus)
    return used
