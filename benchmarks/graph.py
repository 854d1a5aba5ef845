"""A `dvc repro` that has nothing to do: the real graph against one of the same shape with trivial commands."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

from benchmarks.figures import Figure, alternating, ratio
from benchmarks.places import ROOT


def measure(repeat: int) -> list[Figure]:
    """Seconds of both and their ratio. Errors: SystemExit where this working tree is not up to date."""
    if "Running stage" in (told := _repro(ROOT, "--dry")):
        raise SystemExit(f"benchmarks: run `dvc repro` first; this would run:\n{told}")
    with tempfile.TemporaryDirectory() as folder:
        stages = _trivial(Path(folder))
        real, trivial = alternating([lambda: _repro(ROOT), lambda: _repro(Path(folder))], repeat)
    return [
        Figure("no-op dvc repro, this graph", statistics.median(real), "s", note=f"{stages} stages"),
        Figure("no-op dvc repro, trivial commands", statistics.median(trivial), "s", note="same stages, deps and outs"),
        Figure("ratio of the two", ratio(real, trivial), "", 1.1),
    ]


def _repro(folder: Path, *options: str) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "DVC_NO_ANALYTICS": "1"}
    done = subprocess.run(["dvc", "repro", *options], cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"benchmarks: dvc repro failed in {folder}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def _trivial(folder: Path) -> int:
    """Make, in `folder`, the stages of dvc.lock with the same deps and outs by name, a byte each, and `true`.

    A directory holds as many files as the real one. Params are left out. Returns the number of stages.
    """
    lock = yaml.safe_load((ROOT / "dvc.lock").read_text(encoding="utf-8"))["stages"]
    stages = {}
    for name, found in lock.items():
        deps, outs = ([entry["path"] for entry in found.get(kind, [])] for kind in ("deps", "outs"))
        stages[name.replace("@", "-")] = {"cmd": "true", "deps": deps, "outs": outs}
        for path in deps + outs:
            _like(ROOT / path, folder / path)
    (folder / "dvc.yaml").write_text(yaml.safe_dump({"stages": stages}), encoding="utf-8")
    for command in (["git", "init", "-q"], ["dvc", "init", "-q"], ["dvc", "commit", "-qf"]):
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
    (folder / ".dvcignore").write_text((ROOT / ".dvcignore").read_text(encoding="utf-8"), encoding="utf-8")
    return len(stages)


def _like(real: Path, trivial: Path) -> None:
    files = [path for path in real.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    for path in files if real.is_dir() else [real]:
        place = trivial / path.relative_to(real) if real.is_dir() else trivial
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("x", encoding="utf-8")
