"""The import graph of mmner, with what grimp alone doesn't see: the backends named in rows/stages, and stages/*.py."""

import ast
from functools import cache
from pathlib import Path

import grimp

from mmner.rows.stages import STAGES

ROOT = Path(__file__).resolve().parents[2]
LAYERS = (  # from below; a package imports those of lower lines, and of its own line only what CROSSING allows
    {"base"},
    {"ner"},
    {"rows"},
    {"networks", "llm", "corpus"},
    {"captions", "candidates", "images", "knowledge", "expressions", "regions", "chains", "features", "tag", "sample"},
    {"model"},
    {"train"},
    {"predict"},
    {"evaluate"},
    {"tools"},
    {"cli"},
)
CROSSING = {("images", "knowledge")}


@cache
def imports() -> grimp.ImportGraph:
    """Run-time imports alone: what a type checker imports starts no stage."""
    return grimp.build_graph("mmner", exclude_type_checking_imports=True, cache_dir=None)


def room(module: str) -> str:
    """The package of `module`: mmner.rows.store -> rows; "" for the package itself and what starts it."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[1] != "__main__" else ""


def of_file(path: Path) -> set[str]:
    """The modules of mmner that the Python file at `path` imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found & imports().modules


def backends(stage: str) -> set[str]:
    """The modules of the backends that `stage` may use."""
    return {name.partition(":")[0] for name in STAGES[stage].backends.values()} if stage in STAGES else set()


def needed(stage: str) -> set[str]:
    """All modules that stages/<stage>.py may import, at any depth."""
    graph, found = imports(), set()
    todo = of_file(ROOT / "stages" / f"{stage}.py") | backends(stage)
    while todo:
        module = todo.pop()
        found.add(module)
        parent = module.rpartition(".")[0]
        todo |= (graph.find_modules_directly_imported_by(module) | ({parent} if parent else set())) - found
    return found


def rooms(stage: str) -> set[str]:
    """The rooms with code that stages/<stage>.py may import."""
    return {room(module) for module in needed(stage)} - {""}
