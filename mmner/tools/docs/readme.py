"""The generated parts of pages: the table of stages and their graph, from dvc.yaml and the stages' own docstrings."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import yaml

from mmner.base.errors import InputError
from mmner.rows.stages import STAGES

PAGES = {"README.md": "table", "docs/architecture.md": "graph"}  # page -> the part of it between its markers


def fill(page: str, text: str, root: Path) -> str:
    """`text` of `page` with the part between `<!-- NAME:begin -->` and `<!-- NAME:end -->` generated anew.

    Errors: InputError `readme-marker` where a marker is missing.
    """
    stages = yaml.safe_load((root / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    name = PAGES[page]
    generated = table(stages, root) if name == "table" else graph(stages)
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    if begin not in text or end not in text:
        raise InputError("readme-marker", f"no {begin} or no {end}", where=page, remedy="put both back")
    head, rest = text.split(begin, 1)
    return f"{head}{begin}\n{generated}\n{end}{rest.split(end, 1)[1]}"


def table(stages: dict, root: Path) -> str:
    """A Markdown table with a row for each stage, in the order of dvc.yaml."""
    lines = ["| stage | what it does | reads | writes | params | backends |", "|---|---|---|---|---|---|"]
    for name, stage in stages.items():
        reads = ", ".join(f"`{artifact}`" for artifact in artifacts(stage, "deps")) or "–"
        writes = ", ".join(f"`{artifact}`" for artifact in artifacts(stage, "outs", "metrics", "plots"))
        backends = ", ".join(f"`{backend}`" for backend in _backends(name)) or "–"
        lines.append(f"| `{name}` | {_about(name, root)} | {reads} | {writes} | {_params(stage)} | {backends} |")
    return "\n".join(lines)


def graph(stages: dict) -> str:
    """A Mermaid flow chart: an arrow from each stage to every stage that reads one of its outs."""
    writer: dict[str, str] = {}
    for name, stage in stages.items():
        for artifact in artifacts(stage, "outs"):
            writer.setdefault(artifact, name)  # a corpus may be a stage's too; arrows for both would hide the rest
    lines = ["```mermaid", "flowchart TD"]
    for name, stage in stages.items():
        for artifact in artifacts(stage, "deps"):
            label = "" if artifact == writer[artifact] else f"|{artifact}|"
            lines.append(f"    {writer[artifact]} -->{label} {name}")
    return "\n".join([*lines, "```"])


def artifacts(stage: dict, *kinds: str) -> list[str]:
    """The short names (`raw`, `captions`, `model`, ...) of the data that a stage has under `kinds`, such as "deps"."""
    stanza = stage.get("do", stage)
    paths = [
        next(iter(entry)) if isinstance(entry, dict) else entry for kind in kinds for entry in stanza.get(kind, [])
    ]
    data = [path for path in paths if path.startswith("data/") and not path.endswith(".rows.parquet")]
    return ["raw" if path.startswith("data/raw/") else Path(path).name.removesuffix(".parquet") for path in data]


def _about(name: str, root: Path) -> str:
    """The first sentence of the stage script's docstring."""
    docstring = ast.get_docstring(ast.parse((root / "stages" / f"{name}.py").read_text(encoding="utf-8")))
    return re.split(r"\n\n|(?<=\.)\s", docstring)[0].replace("\n", " ").rstrip(".")


def _params(stage: dict) -> str:
    """The sections of params.yaml on which the stage depends."""
    sections = [param.split(".")[0] for param in stage.get("do", stage).get("params", [])]
    return ", ".join(f"`{section}`" for section in dict.fromkeys(sections)) or "–"


def _backends(name: str) -> list[str]:
    return list(STAGES[name].backends) if name in STAGES else []
