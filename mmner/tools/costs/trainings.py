"""Runs beside their rows: the key of each, and whether a model of it is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mmner.base import dvc_process
from mmner.base.dvc_files import cache_path
from mmner.base.errors import InputError
from mmner.base.params import corpus_of
from mmner.base.project import Project
from mmner.model import description
from mmner.rows import parquet
from mmner.rows.store import Store
from mmner.tools.costs.graph import PREPARED
from mmner.train import finished, label_leakage
from mmner.train.inputs import Inputs, Paths, read
from mmner.train.params import SCRATCH, image_folder, select

RUNS, RAW = Path("data/runs"), Path("data/raw")


def model(name: str) -> Path:
    """The folder of the model of run `name`."""
    return RUNS / name / "model"


def inputs(
    all_params: dict, name: str, prepared: Path | None = None, parent: Path | None = None, *, fetch: bool = True
) -> Inputs:
    """What run `name` is trained on, with its key. prepared, parent: instead of the folders of its preparation, and of
    the model that it starts from.

    all_params: params.yaml's content. fetch: as in `mmner.train.digests.read`. Errors: those of the stage `train`.
    """
    run, params = select(all_params, name)
    label_leakage.check(run, params, all_params)
    corpus = label_leakage.source(all_params, corpus_of(all_params, run.preparation))
    images = image_folder(all_params, run.preparation, RAW)
    prepared = prepared or Path(PREPARED / run.preparation)
    paths = Paths(prepared, images, parent or model(run.from_), model(name), RUNS / name / "live")
    return read(run, params, corpus, paths, fetch=fetch)


def retrain(store: Store, project: Project, name: str) -> None:
    """Train run `name` though its model is known. Errors: InputError `retrain-failed`, and those of `inputs`.

    Until that has come to its end, every start of the run trains it, or goes on with it.
    """
    finished.forget(store, inputs(project.of_run(name), name).key)
    address = project.place("runs", name).address("train", name)
    if dvc_process.run("repro", "--force", "--single-item", address).returncode:
        remedy = f"mend what it says, then: dvc repro --force --single-item {address}"
        raise InputError("retrain-failed", "the stage did not come to its end", where=address, remedy=remedy)


@dataclass(frozen=True)
class Planned:
    """A preparation as it would be. folder: of its artifacts. pending: ids without some value, or whose may be another.

    error: why it could not be planned.
    """

    folder: Path
    pending: set[str] = field(default_factory=set)
    error: str = ""


@dataclass(frozen=True)
class Training:
    """What `dvc repro` would do with a run. state: "will be trained", "known", "unknown". why: of unknown."""

    run: str
    state: str
    why: str = ""

    def line(self) -> str:
        rest = {"known": ": nothing to train", "unknown": f": {self.why}"}
        return f"train@{self.run}: {self.state}{rest.get(self.state, '')}"


class Trainings:
    """What would be done with the runs of `project`. prepared: by name. scratch: a folder for what is written.

    A preparation that is not in `prepared` is taken as it is.
    """

    def __init__(self, store: Store, project: Project, prepared: dict[str, Planned], scratch: Path):
        self._store, self._project, self._prepared, self._scratch = store, project, prepared, scratch
        self._known: dict[str, tuple[Training, finished.Finished | None]] = {}

    def __iter__(self) -> Iterator[Training]:
        """One of each run on one of the preparations."""
        for name in self._project.names("runs"):
            run = self._project.place("runs", name).entries("runs")[name]
            if (run or {}).get("preparation") in self._prepared:
                yield self._plan(name)[0]

    def _plan(self, name: str) -> tuple[Training, finished.Finished | None]:
        """With the model, where DVC's cache has it."""
        if name not in self._known:
            self._known[name] = Training(name, "unknown", "it starts from itself"), None
            try:
                self._known[name] = self._look(name)
            except InputError as error:
                self._known[name] = Training(name, "unknown", str(error).splitlines()[0]), None
        return self._known[name]

    def _look(self, name: str) -> tuple[Training, finished.Finished | None]:
        run, _ = select(self._project.of_run(name), name)
        prepared = self._prepared.get(run.preparation) or Planned(Path(PREPARED / run.preparation))
        if prepared.error or not self._complete(prepared):
            return Training(name, "unknown", "its rows are not computed yet"), None
        parent = None
        if run.from_ != SCRATCH:
            plan, trained = self._plan(run.from_)
            if trained is None:
                state = "will be trained first" if plan.state == "will be trained" else "is not known itself"
                return Training(name, "unknown", f"{run.from_}, from which it starts, {state}"), None
            parent = self._folder(run.from_, trained)
        key = inputs(self._project.of_run(name), name, prepared.folder, parent, fetch=False).key
        trained = finished.find(self._store, key, model(name))
        known = trained is not None or finished.uncommitted(self._store, key)
        return Training(name, "known" if known else "will be trained"), trained

    @staticmethod
    def _complete(prepared: Planned) -> bool:
        """Whether every value is there that a run may learn from."""
        if not prepared.pending:
            return True
        rows = parquet.stream(prepared.folder / "examples.parquet", "examples", ["id", "split"])
        return not any(row["id"] in prepared.pending for row in rows if row["split"] != "test")

    def _folder(self, name: str, trained: finished.Finished) -> Path:
        """The model of run `name` as a folder of links: what lies in the working tree may be another."""
        folder = self._scratch / ".models" / name
        for path, md5 in trained.files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).symlink_to(cache_path(md5))
        description.write(folder, trained.description)
        return folder
