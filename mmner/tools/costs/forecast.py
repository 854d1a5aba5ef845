"""What `dvc repro` would compute after a change, and at which price: each stage is asked, none computes a row.

A stage that has changed, or that reads what may change, runs in plan mode (mmner/rows/dry_run.py) on copies in a
temporary folder. Where a row's input is itself not computed yet, nobody can know whether the row would be new:
it counts as such in `most` ("up to"), and so does what follows from it.
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
from mmner.rows.stages import STAGES, fields_of
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
    chosen = graph.stages(preparations)
    changed = graph.changed(chosen)
    counted: set[str] = set()
    planned: dict[str, Planned] = {}
    with tempfile.TemporaryDirectory(prefix="mmner-plan-") as scratch:
        for name in dict.fromkeys(stage.preparation for stage in chosen):
            some = [stage for stage in chosen if stage.preparation == name]
            planned[name] = Planned(Path(scratch) / name)
            for plan in _preparation(some, changed, Path(scratch) / name):
                pending = planned[name].pending | plan.pending
                planned[name] = Planned(Path(scratch) / name, pending, planned[name].error or plan.error)
                if plan.rows or plan.error or _by_row(plan.stage):
                    yield _forecast(plan, store, counted)
        yield from Trainings(store, project.load(), planned, Path(scratch))


def ask(stage: DvcStage, folder: Path | None = None) -> StagePlan:
    """What `stage` says of its rows; `folder`: where it finds artifacts and leaves its own, instead of its real one."""
    if folder is None:
        with tempfile.TemporaryDirectory(prefix="mmner-plan-") as scratch:
            return ask(stage, _copy(stage.folder, Path(scratch) / stage.preparation))
    command = [_inside(part, stage.folder, folder) for part in shlex.split(stage.command)]
    command[0] = sys.executable  # "python": the one that we are
    surroundings = os.environ | {PLAN: stage.folder}
    done = subprocess.run(command, env=surroundings, capture_output=True, text=True, errors="replace")
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        message = next((line for line in lines if line.startswith("error[")), lines[-1] if lines else "no reason given")
        return StagePlan(stage, error=message.replace(str(folder), stage.folder))
    file = folder / f"{stage.name}.plan.json"
    if not file.exists():  # a stage that does not compute row by row has simply run, into `folder`
        return StagePlan(stage)
    content = json.loads(file.read_text(encoding="utf-8"))
    identity = content["identity"] | {"uses": content["uses"]}
    return StagePlan(stage, identity, content["rows"], remembered=set(content["remembered"]))


def _preparation(stages: list[DvcStage], changed: set[str], folder: Path) -> Iterator[StagePlan]:
    """Ask the stages of one preparation that have changed, or that read an artifact which would change."""
    _copy(stages[0].folder, folder)
    other: set[str] = set()  # artifacts that would change
    lost: set[str] = set()  # artifacts of stages that could not be asked
    pending: dict[str, set[str]] = {}  # ids without a value yet, by stage
    for stage in stages:
        if gone := lost.intersection(stage.reads):
            plan = StagePlan(stage, error=f"reads {sorted(gone)[0]}, which could not be planned")
        elif stage.address not in changed and not other.intersection(stage.reads):
            plan = StagePlan(stage)
            yield plan
            continue
        else:
            for name in stage.writes:
                (folder / name).unlink(missing_ok=True)
            plan = ask(stage, folder)
            plan.unsure = _unsure(plan, stage, pending)
        if plan.error:
            lost.update(stage.writes)
        pending[stage.name] = plan.pending
        other.update(name for name in stage.writes if not _same(Path(stage.folder) / name, folder / name))
        yield plan


def _unsure(plan: StagePlan, stage: DvcStage, pending: dict[str, set[str]]) -> set[str]:
    """Ids of rows whose backend uses a field of a row that is not computed yet; posts that are skipped anyway not."""
    above = set()
    for name in STAGES:
        if f"{name}.parquet" in stage.reads and fields_of(name) & set(plan.identity.get("uses", ())):
            above |= pending.get(name, set())
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


def _by_row(stage: DvcStage) -> bool:
    return f"{stage.name}.rows.parquet" in stage.writes


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
