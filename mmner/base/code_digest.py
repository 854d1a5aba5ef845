"""A digest of the code that a stage of dvc.yaml depends on."""

from __future__ import annotations

import hashlib
from pathlib import Path

CODE = ("stages", "mmner")  # folders of code: what lies below them, and DVC's ignore list leaves in, is of a stage


def is_code(dep: str) -> bool:
    """Whether `dep`, of a stage, is code and not data."""
    return Path(dep).parts[0] in CODE


def digest(deps: list[str], root: Path = Path()) -> str:
    """A SHA-256 of the files that are code among `deps`, by path; what Python compiles beside them does not count."""
    total = hashlib.sha256()
    for dep in sorted(filter(is_code, deps)):
        place = root / dep
        found = sorted(place.rglob("*")) if place.is_dir() else [place]
        for file in found:
            if file.is_file() and "__pycache__" not in file.parts and file.suffix != ".pyc":
                total.update(f"{file.relative_to(root).as_posix()}\n{file.stat().st_size}\n".encode())
                total.update(file.read_bytes())
    return total.hexdigest()
