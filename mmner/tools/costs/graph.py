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
    """A stage of one preparation or system, as DVC resolves it, or a stage `code` or `settings` of experiments/.

    `address`: such as `captions@sample`, or in a folder `experiments/preparations/dvc.yaml:captions@sample-sampled`.
    `reads`, `writes`: paths under data/.
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
        """Its preparation, or systems.<name>: no name has a dot; "" of `code` and `settings`."""
        entry = self.address.partition("@")[2]
        return f"systems.{entry}" if self.name == "tag" else entry

    @property
    def folder(self) -> str:
        """Of its artifacts."""
        return str((SYSTEMS if self.name == "tag" else PREPARED) / self.address.partition("@")[2])

    @property
    def artifacts(self) -> list[str]:
        """Those of `writes` that lie in `folder`."""
        return [path for path in self.writes if str(PurePosixPath(path).parent) == self.folder]

    @property
    def by_row(self) -> bool:
        return f"{self.folder}/{self.name}.rows.parquet" in self.writes


def stages(preparations: list[str] | None = None, *, makers: bool = False) -> list[DvcStage]:
    """The stages of `preparations` (None: all of params.yaml), each after those whose artifacts it reads.

    makers: with the stages that make what these read: of other preparations, and `code` and `settings` of experiments/.
    Errors: InputError `unknown-entry`, those of `check`.
    """
    with _dvc() as repo:
        resolved = [*map(_stage, repo.index.stages)]
    prepared = [stage for stage in resolved if stage.preparation and stage.artifacts]
    names = list(dict.fromkeys(stage.preparation for stage in prepared))
    if wrong := set(preparations or ()) - set(names):
        what = f"no preparation {sorted(wrong)[0]}"
        raise InputError("unknown-entry", what, where="params.yaml: preparations", remedy=f"one of: {', '.join(names)}")
    chosen = [stage for stage in prepared if not preparations or stage.preparation in preparations]
    if makers:
        small = [stage for stage in resolved if stage.address.startswith(f"{dvc_files.EXPERIMENTS}/")]
        chosen = _with_makers(chosen, [*prepared, *(stage for stage in small if not stage.preparation)])
    return _sorted(chosen)


def _with_makers(chosen: list[DvcStage], known: list[DvcStage]) -> list[DvcStage]:
    """Those of `known` that are in `chosen`, or make what one of the result reads."""
    maker, found, todo = {path: stage for stage in known for path in stage.writes}, set(), [*chosen]
    while todo:
        if (stage := todo.pop()) not in found:
            found.add(stage)
            places = (place for path in stage.reads for place in (path, str(PurePosixPath(path).parent)))
            todo += [maker[place] for place in places if place in maker]
    return [stage for stage in known if stage in found]


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
    reads, writes = (
        tuple(one.def_path for one in some if one.def_path.startswith("data/")) for some in (stage.deps, stage.outs)
    )
    return DvcStage(stage.addressing, stage.cmd, reads, writes)


def _sorted(unsorted: list[DvcStage]) -> list[DvcStage]:
    """`unsorted`, preparation by preparation where it can be, each stage after those that make what it reads."""
    done: list[DvcStage] = []
    todo = sorted(unsorted, key=lambda stage: stage.preparation)
    while todo:
        blocked = {path for stage in todo for path in stage.writes}
        ready = [stage for stage in todo if blocked.isdisjoint(stage.reads)]
        same = [stage for stage in ready if done and stage.preparation == done[-1].preparation]
        done.append((same or ready)[0])
        todo.remove(done[-1])
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
