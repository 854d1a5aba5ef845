"""Several runs at once: their stages `train` side by side, each on a core or a GPU, as `dvc repro` has none.

Their models go into DVC's cache, where the stage `train` finds them by their keys (mmner/train/finished.py): the
`dvc repro` that follows takes them over, and dvc.lock is what it would have been.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from queue import SimpleQueue

from mmner.base.errors import InputError
from mmner.base.params import entry
from mmner.base.project import Project, used_by_run
from mmner.model import description
from mmner.rows.stages import PREPARED
from mmner.rows.store import Store, folder
from mmner.tools.costs.graph import PREPARED as PREPARATIONS
from mmner.tools.costs.trainings import RAW, model
from mmner.train import finished
from mmner.train.params import SCRATCH

LAST_LINES = 5  # of a failed training's output


def train_all(project: Project, names: Sequence[str], devices: Sequence[str] | None, jobs: int | None) -> None:
    """Train the runs `names` of `project`, and those that they start from, as many at once as there are places.

    What DVC knows to be up to date is left alone.
    devices: values of $MMNER_DEVICE, such as cpu (a share of the cores) and cuda:1; None: all GPUs, else the CPU.
    jobs: how many at once on each of them; None: one a GPU, one a core.
    Errors: InputError `unknown-entry`, `prepare-failed`, `train-failed`, after all others have come to their end.
    """
    parents = _parents(project, names)
    if not parents or not _changed(project, parents, "--with-deps"):
        return
    _prepare(project, parents)
    parents = _outdated(project, parents)
    places = _places(devices, jobs)
    free: SimpleQueue[str] = SimpleQueue()
    for place in places:
        free.put(place)
    threads = max(1, _cores() // max(1, min(len(places), len(parents))))
    failed, waiting, going = {}, dict(parents), {}
    with ThreadPoolExecutor(len(places)) as pool:
        while waiting or going:
            busy = {*waiting, *going.values()}
            for name in [name for name, parent in waiting.items() if parent not in busy]:
                if waiting.pop(name) in failed:
                    failed[name] = "the run that it starts from failed"
                else:
                    going[pool.submit(_train, project, name, parents, free, threads)] = name
            done: set[Future] = wait(going, return_when=FIRST_COMPLETED).done if going else set()
            for future in done:
                name = going.pop(future)
                if (problem := future.result()) is not None:
                    failed[name] = problem
                    print(f"train-all: {name} failed: {problem}", file=sys.stderr)
    for name in parents.keys() - failed.keys():
        shutil.rmtree(_folder(name))
    if failed:
        name, problem = next(iter(failed.items()))
        remedy = f"mend what it says, then run it again: the others are known ({', '.join(failed)} failed)"
        raise InputError("train-failed", problem, where=f"runs.{name}", remedy=remedy)


def _places(devices: Sequence[str] | None, jobs: int | None) -> list[str]:
    if devices:
        return list(devices) * (jobs or 1)
    import torch

    gpus = [f"cuda:{number}" for number in range(torch.cuda.device_count())]
    return gpus * (jobs or 1) if gpus else ["cpu"] * (jobs or _cores())


def _parents(project: Project, names: Sequence[str]) -> dict[str, str]:
    """The run that each of `names` starts from, and each of those; parents first."""
    found: dict[str, str] = {}

    def add(name: str) -> None:
        if name == SCRATCH or name in found:
            return
        parent = _run(project, name)["from"]
        add(parent)
        found[name] = parent

    for name in names:
        add(name)
    return found


def _run(project: Project, name: str) -> dict:
    return entry(project.of_run(name), "runs", name)


def _prepare(project: Project, runs: Sequence[str]) -> None:
    """Make what the runs' preparations lack. Errors: InputError `prepare-failed`."""
    prepared = dict.fromkeys(_run(project, run)["preparation"] for run in runs)
    places = {name: project.place("preparations", name) for name in prepared}
    targets = [place.address(stage, name) for name, place in places.items() for stage in PREPARED]
    if subprocess.run([sys.executable, "-m", "dvc", "repro", "--quiet", *targets]).returncode:
        remedy = "mend what it says, then run it again"
        raise InputError("prepare-failed", "a stage before the training failed", where="dvc repro", remedy=remedy)


def _outdated(project: Project, parents: dict[str, str]) -> dict[str, str]:
    """Those of `parents` whose stage `train` has something to do, or whose parent's has."""
    changed = _changed(project, parents)
    outdated: dict[str, str] = {}
    for name, parent in parents.items():
        if _stage(project, name) in changed or parent in outdated:
            outdated[name] = parent
    return outdated


def _changed(project: Project, runs: Iterable[str], *options: str) -> Mapping[str, object]:
    """By stage, what changed since DVC last saw it, of the runs' trainings. options: of `dvc status`."""
    command = [sys.executable, "-m", "dvc", "status", "--json", *options]
    command += [_stage(project, name) for name in runs]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


def _stage(project: Project, run: str) -> str:
    return project.place("runs", run).address("train", run)


def _train(project: Project, name: str, parents: dict[str, str], free: SimpleQueue, threads: int) -> str | None:
    """Train run `name` on the next free place, and put its model into DVC's cache; what went wrong, or None.

    threads: of a training on the CPU, where $OMP_NUM_THREADS says nothing.
    """
    place = free.get()
    try:
        out = _folder(name)
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        parent = parents[name]
        start = _folder(parent) / "model" if parent in parents else model(parent)
        settings = out / "params.json"
        settings.write_text(json.dumps(used_by_run(project.of_run(name), name)), encoding="utf-8")
        prepared = PREPARATIONS / _run(project, name)["preparation"]
        command = [sys.executable, "stages/train.py", "--params", settings, "--run", name, "--prepared", prepared]
        command += ["--corpora", RAW]
        command += ["--parent", start, "--model", out / "model", "--live", out / "live"]
        print(f"train-all: {name} on {place}", file=sys.stderr)
        with (out / "log").open("wb") as log:
            environment = os.environ | {"MMNER_DEVICE": place}
            if place == "cpu":
                environment.setdefault("OMP_NUM_THREADS", str(threads))
            status = subprocess.run(list(map(str, command)), stdout=log, stderr=log, env=environment).returncode
        lines = (out / "log").read_text(encoding="utf-8", errors="replace").strip().splitlines()
        if status:
            return f"{' / '.join(lines[-LAST_LINES:])} ({out / 'log'})"
        print(f"train-all: {name}: {lines[-1].removeprefix('train: ')}", file=sys.stderr)
        key = description.read(out / "model")["training"]["key"]
        store = Store()
        finished.into_cache(store, key, out / "model")
        store.close()
        return None
    finally:
        free.put(place)


def _cores() -> int:
    return len(os.sched_getaffinity(0))


def _folder(name: str) -> Path:
    return folder() / "train-all" / name
