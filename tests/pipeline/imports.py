"""Which mmner files a Python file needs: its imports, those of what it imports, and backends named in strings."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BACKEND = re.compile(r"(mmner(?:\.\w+)+):\w+")  # "module:Class", as in a room's BACKENDS


def needed(path: str | Path) -> set[str]:
    """Paths, relative to the repository, of the mmner files that `path` imports at any depth, itself not among them.

    Files without code (docstring only) are left out; so are imports for type checkers.
    """
    todo, seen = [ROOT / path], set()
    while todo:
        for found in _direct(todo.pop()) - seen:
            seen.add(found)
            todo.append(found)
    return {str(file.relative_to(ROOT)) for file in seen - {ROOT / path} if _has_code(file)}


@cache
def _direct(path: Path) -> frozenset[Path]:
    found = set()
    for node in _run_time(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                found |= _files(alias.name)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found |= _files(node.module)
            for alias in node.names:
                found |= _files(f"{node.module}.{alias.name}")
        elif isinstance(node, ast.Constant) and (match := BACKEND.fullmatch(str(node.value))):
            found |= _files(match[1])
    return frozenset(found)


def _run_time(tree: ast.AST):
    """Every node under `tree`, without the bodies of `if TYPE_CHECKING:`."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        yield node
        yield from _run_time(node)


def _files(module: str) -> set[Path]:
    """Files that `import module` reads: the packages on its way and itself; none where it is not of mmner."""
    parts = module.split(".")
    if parts[0] != "mmner":
        return set()
    ways = [ROOT.joinpath(*parts[:length]) for length in range(1, len(parts) + 1)]
    candidates = [place for way in ways for place in (way / "__init__.py", way.with_suffix(".py"))]
    return {place for place in candidates if place.is_file()}


def _has_code(path: Path) -> bool:
    body = ast.parse(path.read_text(encoding="utf-8")).body
    return any(not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)) for node in body)


def dependencies(stage: str) -> list[str]:
    """What dvc.yaml should list of mmner for stages/<stage>.py: a whole room as its folder, else file by file."""
    files = needed(f"stages/{stage}.py")
    listed = set()
    for file in files:
        room = (ROOT / file).parent
        parts = {str(part.relative_to(ROOT)) for part in room.rglob("*.py") if _has_code(part)}
        listed.add(str(room.relative_to(ROOT)) if room.name != "mmner" and parts <= files else file)
    return sorted(listed, key=lambda path: (f"mmner/{stage}" not in path, "." in path.split("/")[1], path))
