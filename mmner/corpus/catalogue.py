"""The catalogue: corpora, with their variants, preparations and runs, that a user may add to params.yaml.

Reads: `catalogue/<name>.yaml`, two YAML documents: what it is and where the corpus's files come from, then a
fragment of params.yaml. `corpus` is left out where the entry has the name of its corpus.

    about: Twitter-2017, 4,819 English tweets ...
    corpus: twitter2017
    files: {train.txt: "GitHub jefferyYu/UMT, data/twitter2017/train.txt"}
    ---
    corpora:
      twitter2017: ...
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

from mmner.errors import InputError

FOLDER = Path(__file__).resolve().parents[2] / "catalogue"
STAGES = ("captions", "candidates", "knowledge", "expressions", "regions", "chains", "features")


@dataclass(frozen=True)
class Entry:
    """Entries of params.yaml about the corpus in `folder`.

    `files`: path in that folder -> where it comes from; `fragment`: the part of params.yaml.
    """

    name: str
    about: str
    folder: str
    files: dict[str, str]
    fragment: str

    @property
    def params(self) -> dict:
        return yaml.safe_load(self.fragment)

    def missing(self, data: Path) -> list[str]:
        """The files that are not in the corpus's folder under `data`; optional ones are not asked for."""
        wanted = (file for file, origin in self.files.items() if not origin.startswith("optional"))
        return [file for file in wanted if not (data / self.folder / file).exists()]

    def choose(self, preparations: list[str] | None = None) -> set[tuple[str, str]]:
        """(section, name) of the fragment's entries that `preparations` (None: all) and their runs use.

        Errors: InputError `unknown-preparation`.
        """
        params = self.params
        wanted = set(preparations or params["preparations"])
        if unknown := sorted(wanted - set(params["preparations"])):
            remedy = f"one of: {', '.join(params['preparations'])}"
            where = f"catalogue/{self.name}.yaml"
            raise InputError("unknown-preparation", f"no preparation {unknown[0]}", where=where, remedy=remedy)
        used = set()
        for name in wanted:
            used.add(("preparations", name))
            used |= _uses(params["preparations"][name])
        for name, run in params.get("runs", {}).items():
            if run["preparation"] in wanted:
                used |= {("runs", name), ("train", run["train"]), ("evaluate", run["evaluate"])}
        return {(section, name) for section, name in used if name in params.get(section, {})}


def names() -> list[str]:
    """The corpora of the catalogue."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def load(name: str) -> Entry:
    """Entry `name`. Errors: InputError `unknown-corpus`."""
    if name not in names():
        remedy = f"one of: {', '.join(names())}"
        raise InputError("unknown-corpus", f"no corpus {name} in the catalogue", where=str(FOLDER), remedy=remedy)
    head, _, fragment = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8").partition("\n---\n")
    about = yaml.safe_load(head)
    return Entry(name, about["about"], about.get("corpus", name), about["files"], fragment)


def _uses(preparation: dict) -> set[tuple[str, str]]:
    return {("corpora", preparation["corpus"])} | {(stage, preparation[stage]) for stage in STAGES}
