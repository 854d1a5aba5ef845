"""The time of a `dvc repro` that has nothing to do, against that of the same stages with trivial commands."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

import yaml

from benchmarks.figures import Figure, alternating
from benchmarks.pipeline import ROOT, STAGES


def measure(repeat: int) -> list[Figure]:
    """The seconds of both and their ratios. Errors: SystemExit where this working tree is not up to date."""
    if "Running stage" in (output := _repro(ROOT, "--dry")):
        raise SystemExit(f"benchmarks: run `dvc repro` first; this would run:\n{output}")
    with tempfile.TemporaryDirectory() as folder:
        trivial, flat = Path(folder) / "trivial", Path(folder) / "flat"
        _make(trivial, _trivial())
        _make(flat, _flat())
        calls = [lambda root=root: _repro(root) for root in (ROOT, trivial, flat)]
        real, same, plain = alternating(calls, repeat)
    return [
        Figure("no-op dvc repro, this graph", median(real), "s"),
        Figure("no-op dvc repro, trivial commands", median(same), "s", note="same dvc.yaml but `true`"),
        Figure("ratio to trivial commands", median(real) / median(same), "", 1.1),
        Figure(
            "ratio to trivial commands without foreach", median(real) / median(plain), "", note="each stage written out"
        ),
    ]


def _repro(folder: Path, *options: str) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "DVC_NO_ANALYTICS": "1"}
    done = subprocess.run(["dvc", "repro", *options], cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"benchmarks: dvc repro failed in {folder}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def _trivial() -> dict:
    """Our dvc.yaml with `true` for every command."""
    return {name: _true(stage) for name, stage in STAGES.items()}


def _true(stage: dict) -> dict:
    return stage | {"do": _true(stage["do"])} if "do" in stage else stage | {"cmd": "true"}


def _flat() -> dict:
    """The stages as dvc.lock has them, each written out: no foreach, nothing to interpolate."""
    stages = {}
    for name, locked in _lock().items():
        deps, outs = ([entry["path"] for entry in locked.get(kind, [])] for kind in ("deps", "outs"))
        params = list(locked.get("params", {}).get("params.yaml", {}))
        stages[name.replace("@", "-")] = {"cmd": "true", "deps": deps, "params": params, "outs": outs}
    return stages


def _lock() -> dict:
    return yaml.safe_load((ROOT / "dvc.lock").read_text(encoding="utf-8"))["stages"]


def _make(folder: Path, stages: dict) -> None:
    """Make a repository with `stages` in `folder`, up to date: files of one byte, as many in a directory as here."""
    for locked in _lock().values():
        for entry in [*locked["deps"], *locked["outs"]]:
            _make_data(ROOT / entry["path"], folder / entry["path"])
    shutil.copy(ROOT / "params.yaml", folder)
    (folder / "dvc.yaml").write_text(yaml.safe_dump({"stages": stages}, sort_keys=False), encoding="utf-8")
    for command in (["git", "init", "-q"], ["dvc", "init", "-q"], ["dvc", "commit", "--quiet", "--force"]):
        subprocess.run(command, cwd=folder, check=True, capture_output=True)


def _make_data(real: Path, trivial: Path) -> None:
    files = [path for path in real.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    for path in files if real.is_dir() else [real]:
        target = trivial / path.relative_to(real) if real.is_dir() else trivial
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("x", encoding="utf-8")
