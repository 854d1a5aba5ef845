"""The preparation stages of dvc.yaml as DVC resolves them: commands, order, and which of them have changed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from mmner.base import dvc_files
from mmner.base.errors import InputError

# What DVC raises where a name or a value in its files is one that it did not foresee, such as a name of no letters.
ODD = (AssertionError, AttributeError, KeyError, TypeError, ValueError, RecursionError)
PREPARED, SYSTEMS = PurePosixPath("data/prepared"), PurePosixPath("data/systems")


@dataclass(frozen=True)
class DvcStage:
    """A stage of one preparation or system, as DVC resolves it. `address`: such as `captions@sample`, or in a folder
    `experiments/preparations/dvc.yaml:captions@sample-sampled`.

    `reads`, `writes`: the names of artifacts of its own preparation or system.
    """

    address: str
    command: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.address.rpartition(":")[2].split("@")[0]

    @property
    def preparation(self) -> str:
        """Its preparation, or systems.<name>: no name has a dot."""
        entry = self.address.rpartition("@")[2]
        return f"systems.{entry}" if self.name == "tag" else entry

    @property
    def folder(self) -> str:
        return str(_folder(self.address))


def stages(preparations: list[str] | None = None) -> list[DvcStage]:
    """The stages of `preparations` (None: all of params.yaml), each after those whose artifacts it reads.

    Errors: InputError `unknown-entry`, those of `check`.
    """
    with _dvc() as repo:
        resolved = [_stage(stage) for stage in repo.index.stages if "@" in stage.addressing]
    prepared = [stage for stage in resolved if stage.writes]
    names = list(dict.fromkeys(stage.preparation for stage in prepared))
    if wrong := set(preparations or ()) - set(names):
        what = f"no preparation {sorted(wrong)[0]}"
        raise InputError("unknown-entry", what, where="params.yaml: preparations", remedy=f"one of: {', '.join(names)}")
    return _sorted([stage for stage in prepared if not preparations or stage.preparation in preparations])


def changed(chosen: list[DvcStage]) -> set[str]:
    """The addresses of those of `chosen` whose own deps, params, command or outs have changed since their last run."""
    return changed_addresses([stage.address for stage in chosen])


def changed_addresses(addresses: list[str]) -> set[str]:
    """Those of `addresses`, such as `captions@sample`, whose stages have changed, as `changed` says.

    Errors: those of `check`.
    """
    if not addresses:
        return set()
    with _dvc() as repo:
        return set(repo.status(targets=addresses))


def check() -> None:
    """Errors: InputError `dvc-yaml`, `dvc-lock`, `dvc-rwlock` where DVC can't read its own files; `no-git`."""
    with _dvc() as repo:
        list(repo.index.stages)


def _stage(stage) -> DvcStage:
    folder = _folder(stage.addressing)
    reads, writes = (
        tuple(PurePosixPath(one.def_path).name for one in some if PurePosixPath(one.def_path).parent == folder)
        for some in (stage.deps, stage.outs)
    )
    return DvcStage(stage.addressing, stage.cmd, reads, writes)


def _folder(address: str) -> PurePosixPath:
    stage, _, entry = address.rpartition("@")
    return (SYSTEMS if stage.rpartition(":")[2] == "tag" else PREPARED) / entry


def _sorted(unsorted: list[DvcStage]) -> list[DvcStage]:
    """`unsorted`, preparation by preparation, each stage after those whose artifacts it reads."""
    done: list[DvcStage] = []
    todo = sorted(unsorted, key=lambda stage: stage.preparation)
    while todo:
        blocked = {(stage.preparation, name) for stage in todo for name in stage.writes}
        ready = next(stage for stage in todo if not any((stage.preparation, name) in blocked for name in stage.reads))
        todo.remove(ready)
        done.append(ready)
    return done


class _dvc:
    """DVC's repository of the current folder; what it refuses becomes an InputError, as `check` says."""

    def __enter__(self):
        from dvc.exceptions import DvcException
        from dvc.repo import Repo

        self._refusals = DvcException
        for lock in dvc_files.locks():
            dvc_files.locked_outs(lock)
        dvc_files.check_rwlock()
        try:
            self.repo = Repo()
        except DvcException as error:
            raise _refused(error) from error
        return self.repo

    def __exit__(self, kind, error, trace) -> None:
        self.repo.close()
        if isinstance(error, self._refusals):
            raise _refused(error) from error
        if isinstance(error, ODD):
            raise _refused(ValueError(f"DVC ends with {kind.__name__}: {error}")) from error


def _refused(error: Exception) -> InputError:
    what = " ".join(str(error).split())
    if error.__cause__ is not None and "validation failed" in what:  # which key it is, DVC prints and does not say
        what += f": {' '.join(str(error.__cause__).split())}"
    if "git repository" in what:
        return InputError("no-git", what, remedy="git init, or: dvc config --local core.no_scm true")
    if dvc_files.LOCK in what:
        named = next(
            (lock for lock in dvc_files.locks() if lock.parent != Path() and str(lock) in what), dvc_files.LOCK
        )
        return dvc_files.broken_lock(what, named)
    file = "params.yaml" if "'params.yaml'" in what else "dvc.yaml"
    remedy = f"correct {file}, or git checkout {file}; `dvc status` shows the place"
    if isinstance(error, ValueError):
        remedy = "correct names and values in params.yaml and dvc.yaml, or git checkout both"
    if "Could not find" in what:
        remedy = "add to params.yaml what it does not find"
    return InputError("dvc-yaml", what, remedy=remedy)
