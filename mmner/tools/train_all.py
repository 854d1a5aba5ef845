"""Several runs at once: their stages `train` side by side, each on a core or a GPU, as `dvc repro` has none.

Their models go into DVC's cache, where the stage `train` finds them by their keys (mmner/train/finished.py): the
`dvc repro` that follows takes them over, and dvc.lock is what it would have been.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from queue import SimpleQueue
from threading import Lock

from mmner.base import dvc_process
from mmner.base.dvc_files import dvc_folder
from mmner.base.errors import InputError
from mmner.base.params import entry
from mmner.base.project import Project, used_by_run
from mmner.model import description
from mmner.rows.stages import PREPARED
from mmner.rows.store import Store
from mmner.tools.costs.graph import PREPARED as PREPARATIONS
from mmner.tools.costs.trainings import RAW, model
from mmner.train import finished
from mmner.train.params import SCRATCH, select

LAST_LINES = 5  # of a failed training's output


def train_all(project: Project, names: Sequence[str], devices: Sequence[str] | None, jobs: int | None) -> None:
    """Train the runs `names` of `project`, and those that they start from, as many at once as there are places.

    What DVC knows to be up to date is left alone.
    devices: values of $MMNER_DEVICE, such as cpu (a share of the cores) and cuda:1; None: all GPUs, else the CPU.
    jobs: how many at once on each of them; None: one a GPU, one a core.
    Errors: InputError `unknown-entry`, `bad-params`, `prepare-failed`; `train-failed`, after all others have come to
    their end.
    """
    parents = _parents(project, names)
    if not parents or not _changed(project, parents, "--with-deps"):
        return
    _prepare(project, parents)
    parents = _outdated(project, parents)
    places = _places(devices, jobs)
    threads = max(1, _cores() // max(1, min(len(places), len(parents))))
    _sweep()
    trainings = _Trainings(project, parents, places, threads)
    failed, waiting, going = {}, dict(parents), {}
    with ThreadPoolExecutor(len(places)) as pool:
        try:
            while waiting or going:
                busy = {*waiting, *going.values()}
                for name in [name for name, parent in waiting.items() if parent not in busy]:
                    if waiting.pop(name) in failed:
                        failed[name] = "the run that it starts from failed"
                    else:
                        going[pool.submit(trainings.train, name)] = name
                done: set[Future] = wait(going, return_when=FIRST_COMPLETED).done if going else set()
                for future in done:
                    name = going.pop(future)
                    if (problem := _problem(future)) is not None:
                        failed[name] = problem
                        print(f"train-all: {name} failed: {problem}", file=sys.stderr)
        except BaseException:  # who ends this, by Ctrl-C say, wants no other training to begin
            pool.shutdown(wait=False, cancel_futures=True)
            trainings.end()
            raise
    for name in parents.keys() - failed.keys():
        shutil.rmtree(_folder(name))
    if failed:
        name, problem = next(iter(failed.items()))
        remedy = f"mend what it says, then run it again: the others are known ({', '.join(failed)} failed)"
        raise InputError("train-failed", problem, where=f"runs.{name}", remedy=remedy)


def _problem(training: Future) -> str | None:
    """What went wrong with `training`, which has come to its end, or None."""
    try:
        return training.result()
    except (InputError, OSError) as error:  # beside the stage itself: the store or DVC's cache, say
        return " ".join(str(error).split())


def _places(devices: Sequence[str] | None, jobs: int | None) -> list[str]:
    if devices:
        return list(devices) * (jobs or 1)
    import torch

    gpus = [f"cuda:{number}" for number in range(torch.cuda.device_count())]
    return gpus * (jobs or 1) if gpus else ["cpu"] * (jobs or _cores())


def _parents(project: Project, names: Sequence[str]) -> dict[str, str]:
    """The run that each of `names` starts from, and each of those; parents first. Errors: InputError `bad-params`."""
    found: dict[str, str] = {}

    def add(name: str, behind: tuple[str, ...] = ()) -> None:
        if name == SCRATCH or name in found:
            return
        if name in behind:
            what = f"it starts from itself, by {' from '.join([*behind, name])}"
            raise InputError("bad-params", what, where=f"runs.{name}", remedy=f"from: {SCRATCH} in one of these")
        parent = select(project.of_run(name), name)[0].from_
        add(parent, (*behind, name))
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
    if dvc_process.run("repro", "--quiet", *targets).returncode:
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
    """By stage, what changed since DVC last saw it, of the runs' trainings. options: of `dvc status`.

    Errors: InputError `prepare-failed`.
    """
    stages = [_stage(project, name) for name in runs]
    done = dvc_process.run("status", "--json", *options, *stages, stdout=subprocess.PIPE)
    if done.returncode:
        what = f"dvc status ended with {done.returncode}"
        raise InputError("prepare-failed", what, where="dvc status", remedy="mend what it says, then run it again")
    return json.loads(done.stdout)


def _stage(project: Project, run: str) -> str:
    return project.place("runs", run).address("train", run)


class _Trainings:
    """The trainings of the runs `parents` (name -> the run it starts from) of `project`, each on one of `places`.

    threads: of a training on the CPU, where $OMP_NUM_THREADS says nothing.
    """

    def __init__(self, project: Project, parents: dict[str, str], places: Iterable[str], threads: int):
        self._project, self._parents, self._threads = project, parents, threads
        self._free: SimpleQueue[str] = SimpleQueue()
        for place in places:
            self._free.put(place)
        self._lock, self._ended, self._going = Lock(), False, set()

    def train(self, name: str) -> str | None:
        """Train run `name` on the next free place, and put its model into DVC's cache; what went wrong, or None."""
        place = self._free.get()
        try:
            out = _folder(name)
            shutil.rmtree(out, ignore_errors=True)
            out.mkdir(parents=True)
            command = self._command(name, out)
            environment = os.environ | {"MMNER_DEVICE": place}
            if place == "cpu":
                environment.setdefault("OMP_NUM_THREADS", str(self._threads))
            print(f"train-all: {name} on {place}", file=sys.stderr)
            status = self._end_of(command, out / "log", environment)
            lines = (out / "log").read_text(encoding="utf-8", errors="replace").strip().splitlines()
            if status:
                if status < 0:
                    lines.append(f"killed by {signal.Signals(-status).name}")
                if status == -signal.SIGKILL:
                    lines[-1] += ", as where memory runs out: fewer --jobs need less"
                return f"{' / '.join(lines[-LAST_LINES:])} ({out / 'log'})"
            print(f"train-all: {name}: {lines[-1].removeprefix('train: ')}", file=sys.stderr)
            key = description.read(out / "model")["training"]["key"]
            store = Store()
            finished.into_cache(store, key, out / "model")
            store.close()
            return None
        finally:
            self._free.put(place)

    def end(self) -> None:
        """End those that are at work; none begins any more."""
        with self._lock:
            self._ended = True
            for process in self._going:
                process.terminate()

    def _command(self, name: str, out: Path) -> list[str]:
        parent = self._parents[name]
        start = _folder(parent) / "model" if parent in self._parents else model(parent)
        settings = out / "params.json"
        settings.write_text(json.dumps(used_by_run(self._project.of_run(name), name)), encoding="utf-8")
        prepared = PREPARATIONS / _run(self._project, name)["preparation"]
        command = [sys.executable, "stages/train.py", "--params", settings, "--run", name, "--prepared", prepared]
        command += ["--corpora", RAW, "--parent", start, "--model", out / "model", "--live", out / "live"]
        return list(map(str, [*command, "--locked", model(name)]))

    def _end_of(self, command: list[str], log: Path, environment: dict[str, str]) -> int:
        with log.open("wb") as file:
            with self._lock:
                if self._ended:
                    return 1
                process = subprocess.Popen(command, stdout=file, stderr=file, env=environment)
                self._going.add(process)
            status = process.wait()
        with self._lock:
            self._going.remove(process)
        return status


def _cores() -> int:
    return len(os.sched_getaffinity(0))


def _folder(name: str) -> Path:
    """Where this process trains run `name`: another one of this clone has a folder of its own."""
    return _work_folder() / f"{name}.{os.getpid()}"


def _work_folder() -> Path:
    return dvc_folder() / "tmp" / "train-all"


def _sweep() -> None:
    """Remove what processes left there that are no more: logs of failures, and whatever a kill left."""
    for left in _work_folder().glob("*.*"):
        owner = left.suffix.removeprefix(".")
        if owner.isdigit() and not Path("/proc", owner).exists():
            shutil.rmtree(left, ignore_errors=True)
