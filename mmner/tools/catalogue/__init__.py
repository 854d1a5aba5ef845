"""The catalogue: corpora, with their variants, preparations and runs, that a user may add to params.yaml.

Reads: `mmner/catalogue/<name>.yaml`, two YAML documents: what it is and where the corpus's files come from, then a
fragment of params.yaml. An entry about the corpus of another entry names that as `corpus`, and lists those of its
files that it cannot do without.

    about: Twitter-2017, 4,819 English tweets ...
    files:
      train.txt: {github: jefferyYu/UMT, path: data/twitter2017/train.txt, bytes: 474906, sha256: 801e…}
      images: {from: the archive that ..., optional: true}
    ---
    corpora:
      twitter2017: ...
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pydantic

from mmner.base import params, yaml_files
from mmner.base.errors import InputError
from mmner.rows.stages import PREPARED

FOLDER = Path(__file__).resolve().parents[2] / "catalogue"


class Origin(params.Params):
    """Where a file of a corpus comes from: `github` (owner/name) and `path` there, or `origin` in words.

    `bytes`, `sha256`: of the published file, where we have seen it. `posts`: how many it holds, where we have not.
    """

    github: str | None = None
    path: str | None = None
    origin: str | None = pydantic.Field(None, alias="from")
    bytes: int | None = None
    sha256: str | None = None
    posts: int | None = None
    optional: bool = False

    def __str__(self) -> str:
        words = self.origin or f"GitHub {self.github}, {self.path}"
        return f"optional; {words}" if self.optional else words


@dataclass(frozen=True)
class Entry:
    """Entries of params.yaml about the corpus in `folder`.

    `files`: path in that folder -> where it comes from; `fragment`: the part of params.yaml.
    """

    name: str
    about: str
    folder: str
    files: dict[str, Origin]
    fragment: str

    @property
    def params(self) -> dict:
        return yaml_files.parse(self.fragment, self.name)

    @property
    def kind(self) -> str:
        """The kind of the entry: "text" (a corpus without images), "images" (one with them), or "experiment"."""
        own = self.params.get("corpora", {}).get(self.name)
        return "experiment" if own is None else "images" if own["images"] else "text"

    def missing(self, data: Path) -> list[str]:
        """The required files that are not in the corpus's folder under `data`."""
        wanted = (file for file, origin in self.files.items() if not origin.optional)
        return [file for file in wanted if not (data / self.folder / file).exists()]

    def choose(self, preparations: list[str] | None = None) -> set[tuple[str, str]]:
        """The (section, name) of the fragment's entries that `preparations` (None: all) and their runs use.

        Errors: InputError `unknown-preparation`.
        """
        params = self.params
        wanted = set(preparations or params["preparations"])
        if unknown := sorted(wanted - set(params["preparations"])):
            remedy = f"one of: {', '.join(params['preparations'])}"
            where = f"mmner/catalogue/{self.name}.yaml"
            raise InputError("unknown-preparation", f"no preparation {unknown[0]}", where=where, remedy=remedy)
        for name in [*wanted]:
            if image_search := params.get("images", {}).get(params["preparations"][name]["corpus"]):
                wanted.add(image_search["preparation"])  # whose candidates its images are searched by
        used = set()
        for name in wanted:
            used.add(("preparations", name))
            used |= _uses(params["preparations"][name])
            used.add(("images", params["preparations"][name]["corpus"]))
        for name, run in params.get("runs", {}).items():
            if run["preparation"] in wanted:
                used |= {("runs", name), ("train", run["train"]), ("evaluate", run["evaluate"])}
        return {(section, name) for section, name in used if name in params.get(section, {})}


def names() -> list[str]:
    """The names of the catalogue's entries."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def load(name: str) -> Entry:
    """Entry `name`. Errors: InputError `unknown-corpus`."""
    if name not in names():
        remedy = f"one of: {', '.join(names())}"
        raise InputError("unknown-corpus", f"no corpus {name} in the catalogue", where=str(FOLDER), remedy=remedy)
    head, _, fragment = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8").partition("\n---\n")
    about = yaml_files.parse(head, f"{name}.yaml")
    folder = about.get("corpus", name)
    return Entry(name, about["about"], folder, _files(about["files"], folder), fragment)


@cache  # each run of an experiment asks
def remote(corpus: str) -> str | None:
    """The DVC remote for what is made of `corpus`: null, the default one, for a corpus that the catalogue lacks."""
    return load(corpus).params["corpora"][corpus].get(params.REMOTE) if corpus in names() else None


def _files(listed: dict | list, corpus: str) -> dict[str, Origin]:
    if isinstance(listed, list):  # of another entry's: what is named here is needed here
        origins = load(corpus).files
        return {file: origins[file].model_copy(update={"optional": False}) for file in listed}
    return {file: params.build(Origin, origin, f"files.{file}") for file, origin in listed.items()}


def _uses(preparation: dict) -> set[tuple[str, str]]:
    return {("corpora", preparation["corpus"])} | {(stage, preparation[stage]) for stage in PREPARED}
