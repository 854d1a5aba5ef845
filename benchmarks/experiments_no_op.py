"""The CPU time of a `dvc repro` that has nothing to do, with every experiment of the catalogue as a folder.

In a repository of made-up files, in which all stages of all experiments are up to date: what DVC checks is the real
dvc.yaml, params and dvc.lock.
"""

from __future__ import annotations

import hashlib
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from contextlib import chdir
from pathlib import Path
from statistics import median

import yaml

from benchmarks.figures import Figure
from benchmarks.pipeline import ROOT
from mmner.base import project
from mmner.tools.experiments import add, definitions, folders, run_specs

PARTS = ("model/model.safetensors", "model/model.json", "live/plots/metrics/a.tsv", "predictions.parquet")
FILES = (*PARTS, "parts.json", "metrics.json", "types.json")  # of a run
LARGEST = "iac6"


def measure(repeat: int, profiles: tuple[str, ...] = ("minilm",)) -> list[Figure]:
    """The CPU seconds of both no-ops and what they are held to."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder, profiles)
        aside, there = folder.with_name(folder.name + "-aside"), folder / "experiments"
        alone, whole, own = [], [], []
        for _ in range(repeat):
            there.rename(aside)
            alone.append(_cpu(folder))
            aside.rename(there)
            whole.append(_cpu(folder))
            own.append(_cpu(folder, f"experiments/{LARGEST}/dvc.yaml"))
    runs = len(run_specs.runs(LARGEST, "minilm"))
    ratios = [one / other for one, other in zip(whole, alone, strict=True)]
    each = [(one - other) / runs for one, other in zip(own, alone, strict=True)]
    note = f"{LARGEST}, {runs} runs on five corpora; less what the sample takes"
    return [
        Figure("no-op of the root, the sample alone, CPU", median(alone), "s"),
        Figure("no-op of the root beside every experiment, CPU", median(whole), "s"),
        Figure("ratio of the two", median(ratios), "", 2),
        Figure("no-op of an experiment, CPU a run", median(each), "s", 0.05, note=note),
    ]


def _cpu(folder: Path, *targets: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "DVC_NO_ANALYTICS": "1"}
    done = subprocess.run(["dvc", "repro", *targets], cwd=folder, env=environment, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode or "Running" in done.stdout:
        raise SystemExit(f"benchmarks: not a no-op: dvc repro {targets}\n{done.stdout}\n{done.stderr}")
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def make(folder: Path, profiles: tuple[str, ...]) -> None:
    """A repository in `folder` with every experiment of `profiles`, up to date."""
    for name in ("mmner", "stages"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("params.yaml", "dvc.yaml", ".dvcignore", ".gitignore"):
        shutil.copy(ROOT / name, folder)
    for profile in profiles:
        specs = [run for name in definitions.names() for run in run_specs.runs(name, profile)]
        add.add(folder / "params.yaml", specs, profile)
    everything = project.load(folder / "params.yaml")
    _write_data(folder, everything)
    for command in (["git", "init", "-q"], ["dvc", "init", "-q"]):
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
    with chdir(folder):
        Locks().write()


def _write_data(folder: Path, everything: project.Project) -> None:
    stages = folders.root_stages(ROOT / "params.yaml")
    for name in everything.names("runs"):
        for file in FILES:
            _write(folder / "data/runs" / name / file)
        settings = folder / "data/experiments" / everything.place("runs", name).file.parent.name / f"{name}.json"
        _write(settings)
    for stage, stanza in stages.items():
        _write(folder / "data/code" / stage)
        for place in everything.places[1:]:
            section = stanza.get("foreach", "")[2:-1]
            for name in place.entries(section) if section != "runs" else ():
                _write(folder / "data/experiments" / place.file.parent.name / f"{stage}@{name}.json")
    outs = [out for stage in stages.values() for out in stage.get("do", {}).get("outs", []) if isinstance(out, dict)]
    for name in (*everything.names("preparations"), *everything.names("images")):
        for path in (next(iter(out)) for out in outs):
            _write(folder / path.replace("${key}", name) if path.endswith(".parquet") else folder / "x")
    for name in {*everything.names("corpora"), "sample"}:
        _write(folder / "data/raw" / name / "train.txt")
    _write(folder / "data/runs/scratch/model/README.md")


def _write(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(path.name, encoding="utf-8")


class Locks:
    """The files dvc.lock of the repository that we are in, as DVC would write them. (It rewrites one once a stage.)"""

    def __init__(self):
        self._known: dict[str, dict] = {}
        self._params: dict[str, dict] = {}

    def write(self) -> None:
        from dvc.repo import Repo

        locks: dict[str, dict] = {}
        with Repo() as repo:
            for stage in repo.index.stages:
                locks.setdefault(stage.path, {})[stage.name] = self._entry(stage)
        for path, stages in locks.items():
            content = yaml.dump({"schema": "2.0", "stages": stages}, Dumper=yaml.CSafeDumper, sort_keys=False)
            Path(path).with_name("dvc.lock").write_text(content, encoding="utf-8")

    def _entry(self, stage) -> dict:
        deps = [dep for dep in stage.deps if dep.hash_name != "params"]
        watched = {dep.def_path: self._values(dep.def_path, dep.params) for dep in stage.deps if dep not in deps}
        found = {"cmd": stage.cmd, "deps": [self._file(dep.def_path) for dep in deps]}
        return (
            found
            | ({"params": watched} if watched else {})
            | {"outs": [self._file(out.def_path) for out in stage.outs]}
        )

    def _values(self, file: str, keys: list[str]) -> dict:
        content = self._params.setdefault(file, project.params.load(file))
        found = {}
        for key in keys:
            value = content
            for part in key.split("."):
                value = value[part]
            found[key] = value
        return found

    def _file(self, path: str) -> dict:
        if path not in self._known:
            place = Path(path)
            if place.is_file():
                self._known[path] = {"path": path, "hash": "md5", "md5": _cached(place.read_bytes())}
                self._known[path]["size"] = place.stat().st_size
            else:
                files = sorted(file for file in place.rglob("*") if file.is_file())
                listed = [
                    {"md5": _cached(file.read_bytes()), "relpath": file.relative_to(place).as_posix()} for file in files
                ]
                listed.sort(key=lambda one: one["relpath"])
                digest = _cached(json.dumps(listed, sort_keys=True).encode(), ".dir")
                size = sum(file.stat().st_size for file in files)
                self._known[path] = {"path": path, "hash": "md5", "md5": digest, "size": size, "nfiles": len(files)}
        return self._known[path]


def _cached(content: bytes, suffix: str = "") -> str:
    """The digest of `content`, which is in DVC's cache then."""
    digest = hashlib.md5(content).hexdigest() + suffix
    file = Path(".dvc/cache/files/md5") / digest[:2] / digest[2:]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return digest
