"""What `dvc repro` would compute after a change, and at which price: each stage is asked, none computes a row.

A stage that has changed, or that reads what may change, runs in plan mode (mmner/rows/dry_run.py) on copies in a
temporary folder; what it reads of another preparation is planned before. Where a row's input is itself not computed
yet, nobody can know whether the row would be new: it counts as such in `most` ("up to"), and so does what follows from
it.
"""

from __future__ import annotations

import filecmp
import json
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow.parquet as pq

from mmner.base import project
from mmner.rows import dry_run, ledger
from mmner.rows.dry_run import PLAN
from mmner.rows.stages import fields_of
from mmner.rows.store import Store
from mmner.tools.costs import graph
from mmner.tools.costs.graph import DvcStage
from mmner.tools.costs.trainings import Planned, Training, Trainings


@dataclass
class StagePlan:
    """What a stage said. `error`: why it could not be asked. `rows`: of its plan, (id, fingerprint, state, error).

    `unsure`: ids whose own input is not computed yet, and so may be new. `remembered`: fingerprints of new rows for
    which nothing would be asked.
    """

    stage: DvcStage
    identity: dict = field(default_factory=dict)
    rows: list[list] = field(default_factory=list)
    unsure: set[str] = field(default_factory=set)
    remembered: set[str] = field(default_factory=set)
    error: str = ""

    @property
    def pending(self) -> set[str]:
        """Ids whose value the artifact does not hold yet, or may not hold."""
        return self.unsure | {name for name, _, state, _ in self.rows if state == "new"}


@dataclass
class Forecast:
    """One stage. `least`: rows that would be computed; `most`: with those that may. `rate`: of a row, if any is known.

    A row that preparations share is counted in the first.
    """

    stage: DvcStage
    rows: int = 0
    least: int = 0
    most: int = 0
    rate: ledger.Rate | None = None
    error: str = ""


def forecast(store: Store, preparations: list[str] | None = None) -> Iterator[Forecast | Training]:
    """A Forecast of every row-wise stage of `preparations` (None: all), in order; then a Training of each run on them.

    Errors: those of graph.stages.
    """
    stages = graph.stages(preparations, makers=True)
    counted: set[str] = set()
    planned: dict[str, Planned] = {}
    with tempfile.TemporaryDirectory(prefix="mmner-plan-") as scratch:
        plans = _Plans(graph.changed(stages), Path(scratch))
        for stage in stages:
            plan, name = plans.ask(stage), stage.preparation
            if not name or (preparations and name not in preparations):
                continue
            before = planned.get(name, Planned(plans.copy_of(stage.folder)))
            planned[name] = Planned(before.folder, before.pending | plan.pending, before.error or plan.error)
            if plan.rows or plan.error or stage.by_row:
                yield _forecast(plan, store, counted)
        yield from Trainings(store, project.load(), planned, Path(scratch))


def ask(stage: DvcStage, copies: dict[str, Path] | None = None) -> StagePlan:
    """What `stage` says of its rows. copies: of folders that it names, where it finds artifacts and leaves its own."""
    if copies is None:
        with tempfile.TemporaryDirectory(prefix="mmner-plan-") as scratch:
            return ask(stage, {stage.folder: _copy(stage.folder, Path(scratch) / stage.preparation)})
    if error := _run(stage, copies, {PLAN: stage.folder}):
        return StagePlan(stage, error=error)
    file = copies[stage.folder] / f"{stage.name}.plan.json"
    if not file.exists():  # a stage that does not compute row by row has simply run, into the copy
        return StagePlan(stage)
    content = json.loads(file.read_text(encoding="utf-8"))
    identity = content["identity"] | {"uses": content["uses"]}
    return StagePlan(stage, identity, content["rows"], remembered=set(content["remembered"]))


def _run(stage: DvcStage, copies: dict[str, Path], variables: dict[str, str]) -> str:
    """Run the command of `stage` on `copies` of folders that it names. Returns why it failed, "" where it has not."""
    command = shlex.split(stage.command)
    for real, copy in copies.items():
        command = [_inside(part, real, copy) for part in command]
    command[0] = sys.executable  # "python": the one that we are
    done = subprocess.run(command, env=os.environ | variables, capture_output=True, text=True, errors="replace")
    if not done.returncode:
        return ""
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    message = next((line for line in lines if line.startswith("error[")), lines[-1] if lines else "no reason given")
    for real, copy in copies.items():
        message = message.replace(str(copy), real)
    return message


class _Plans:
    """The plans of stages, each asked after those that make what it reads. changed: addresses of those that have."""

    def __init__(self, changed: set[str], scratch: Path):
        self._changed, self._scratch = changed, scratch
        self._other: set[str] = set()  # paths of what would change
        self._lost: dict[str, str] = {}  # paths of what could not be planned, and what is said of them
        self._pending: dict[str, set[str]] = {}  # ids without a value yet, by artifact

    def copy_of(self, folder: str) -> Path:
        """The copy of `folder`, one of artifacts."""
        copy = self._scratch / folder
        return copy if copy.exists() else _copy(folder, copy)

    def ask(self, stage: DvcStage) -> StagePlan:
        """What `stage` would do, where it has changed, or reads what would change; else a plan without rows."""
        if not stage.preparation:
            self._write_small(stage)
            return StagePlan(stage)
        reads = {place for path in stage.reads for place in (path, str(Path(path).parent))}
        if gone := sorted(reads & self._lost.keys()):
            plan = StagePlan(stage, error=f"reads {gone[0]}, which {self._lost[gone[0]]}")
        elif stage.address not in self._changed and self._other.isdisjoint(stage.reads):
            return StagePlan(stage)
        else:
            for path in stage.artifacts:
                (self._scratch / path).unlink(missing_ok=True)
            read = {str(Path(path).parent) for path in stage.reads if path.endswith(".parquet")}
            plan = ask(stage, {one: self.copy_of(one) for one in sorted({stage.folder, *read})})
            plan.unsure = self._unsure(plan)
        if plan.error:
            self._lost |= dict.fromkeys(stage.artifacts, "could not be planned")
        self._pending[f"{stage.folder}/{stage.name}.parquet"] = plan.pending
        self._other |= {path for path in stage.artifacts if not _same(Path(path), self._scratch / path)}
        return plan

    def _write_small(self, stage: DvcStage) -> None:
        """Let `stage`, one of `code` and `settings`, write its small files, which the stages of experiments read."""
        if stage.address not in self._changed:
            return
        for folder in stage.writes:
            real, copy = Path(folder), self._scratch / folder
            if error := _run(stage, {folder: copy}, {}):
                self._lost[folder] = f"could not be planned: {error}"
                return
            names = {file.name for place in (real, copy) if place.is_dir() for file in place.iterdir()}
            self._other |= {str(real / name) for name in names if not _same(real / name, copy / name)}

    def _unsure(self, plan: StagePlan) -> set[str]:
        """Ids of rows whose backend uses a field of a row not computed yet; posts that are skipped anyway not."""
        above = set()
        for path in plan.stage.reads:
            if fields_of(Path(path).stem) & set(plan.identity.get("uses", ())):
                above |= self._pending.get(path, set())
        sure = {name for name, _, state, error in plan.rows if state == "skipped" and error != dry_run.PLANNED}
        return above - sure


def _forecast(plan: StagePlan, store: Store, counted: set[str]) -> Forecast:
    if plan.error or not plan.rows:
        return Forecast(plan.stage, _rows(plan.stage), error=plan.error)
    new = {key for name, key, state, _ in plan.rows if state == "new" and name not in plan.unsure}
    fresh = new - counted - plan.remembered
    counted |= new
    identity = {name: value for name, value in plan.identity.items() if name != "uses"}
    rate = ledger.rate(store, plan.stage.name, identity)
    return Forecast(plan.stage, len(plan.rows), len(fresh), len(fresh) + len(plan.unsure), rate)


def _rows(stage: DvcStage) -> int:
    """Rows of the artifact that is there; 0 where there is none."""
    file = Path(stage.folder) / f"{stage.name}.parquet"
    return pq.read_metadata(file).num_rows if file.is_file() else 0


def _copy(real: str, folder: Path) -> Path:
    """`folder`, with links to the artifacts of `real`."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in Path(real).glob("*.parquet"):
        (folder / file.name).symlink_to(file.resolve())
    return folder


def _inside(part: str, real: str, folder: Path) -> str:
    """An argument of a command, with `folder` where it says `real`."""
    return str(folder) + part.removeprefix(real) if part == real or part.startswith(f"{real}/") else part


def _same(one: Path, other: Path) -> bool:
    """Whether both files hold the same bytes; a stage's bookkeeping, which plans don't make, is nobody's input."""
    if one.name.endswith(".rows.parquet"):
        return True
    return one.is_file() and other.is_file() and filecmp.cmp(one, other, shallow=False)
