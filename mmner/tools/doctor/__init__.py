"""Before a long run: what each variant in use requires, and whether it is there.

Nothing is loaded or computed, and nothing written but digests of files into the row store (drift.py).

Reads: params.yaml, dvc.yaml (for what `dvc repro` makes itself), the disk, the environment, and the servers that
variants name. A variant's params say what it requires (`requirements()`, mmner/base/requirements.py); this package
checks each kind of requirement.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

from mmner.base import dvc_files, requirements, yaml_files
from mmner.base.errors import InputError
from mmner.base.project import Project
from mmner.tools.doctor import local_files, machine, models, servers
from mmner.tools.doctor.collector import Collector
from mmner.tools.doctor.findings import Context, Finding, from_error
from mmner.tools.experiments import folders as experiment_folders

CHECKS: dict[type, Callable[[requirements.Requirement, Context], Finding]] = {
    requirements.Package: local_files.package,
    requirements.Weights: models.weights,
    requirements.Key: servers.key,
    requirements.Server: servers.server,
    requirements.Wiki: servers.wiki,
    requirements.ZimFile: local_files.archive,
    requirements.PrecomputedFile: local_files.file,
    requirements.CheckpointFolder: local_files.folder,
    requirements.CorpusFolder: local_files.corpus,
    requirements.Environment: local_files.environment,
}
MAX_NAMED = 2  # users of a requirement that its line names
THREADS = 16  # for checks, most of which wait for a server


def examine(
    project: Project, preparations: list[str], runs: list[str], *, raw: Path, timeout: float, hub: str
) -> Iterator[tuple[str, Finding]]:
    """(the entries of params.yaml that it is about, finding) for all that `preparations` and `runs` require.

    raw: the folder of corpora. timeout: seconds for each check over the network, which run
    side by side. hub: the model hub's address.
    """
    pool = ThreadPoolExecutor(THREADS)
    try:
        outs = (*corpora_made(), *(str(raw / name) for name in project.names("images")))
        context = Context(timeout, outs, hub, pool.submit(machine.probe))
        collectors = _collected(project, preparations, runs, raw)
        users: dict[requirements.Requirement, list[str]] = {}
        for collector in collectors:
            for requirement, more in collector.users.items():
                users[requirement] = list(dict.fromkeys([*users.get(requirement, []), *more]))
        checks = {requirement: pool.submit(CHECKS[type(requirement)], requirement, context) for requirement in users}
        yield from (("machine", finding) for finding in _looked(dvc_state))
        yield from _folders(project)
        yield from dict.fromkeys(finding for collector in collectors for finding in collector.findings)
        download = 0
        for requirement, of_requirement in users.items():
            finding = _result(checks[requirement])
            download += finding.download
            yield _joined(of_requirement), finding
        for look in (lambda: [machine.summary(context.machine.result())], lambda: machine.disk(download)):
            yield from (("machine", finding) for finding in _looked(look))
    finally:  # nobody waits for what an interrupted look still asks
        pool.shutdown(wait=False, cancel_futures=True)


def _collected(project: Project, preparations: list[str], runs: list[str], raw: Path) -> list[Collector]:
    """What `runs`, `preparations` and the systems that tag their posts require: one collector for all whose entries are
    looked up in the same files."""
    collectors: dict[tuple[Path, Path], Collector] = {}
    for section, names, look_up, collect in (
        ("runs", runs, project.of_run, Collector.run),
        ("preparations", preparations, project.of_preparation, Collector.preparation),
        ("systems", _systems(project, preparations), lambda _: project.places[0].content, Collector.system),
    ):
        for name in names:
            own = project.place(section, name)
            entry = own.entries(section).get(name) or {}
            preparation = name if section == "preparations" else entry.get("preparation")
            files = own.file, project.place("preparations", preparation).file
            if files not in collectors:
                collectors[files] = Collector(look_up(name), raw)
            try:
                collect(collectors[files], name)
            except Exception as error:  # whatever it is, the other looks go on
                collectors[files].findings.append((f"{section}.{name}", from_error(error)))
    return [*collectors.values()]


def _systems(project: Project, preparations: list[str]) -> list[str]:
    """The systems of the root's params.yaml that tag posts of `preparations`; all, one on a preparation that nobody has
    among them, where no other preparation is there."""
    systems = project.places[0].entries("systems")
    if set(project.names("preparations")) <= set(preparations):
        return [*systems]
    return [name for name, entry in systems.items() if (entry or {}).get("preparation") in preparations]


def _folders(project: Project) -> Iterator[tuple[str, Finding]]:
    """Findings about the folders of experiments/."""
    try:
        for about, error in experiment_folders.wrong(project.places[0].file):
            yield about, from_error(error)
        for about, error in experiment_folders.differing(project):
            yield about, from_error(error)
        for about, error in experiment_folders.edited(project):
            yield about, replace(from_error(error), status="warn")
    except InputError as error:  # of a dvc.yaml that nobody can read
        yield "experiments", from_error(error)


def corpora_made(file: str = "dvc.yaml") -> tuple[str, ...]:
    """The outs of those stages of `file` that belong to no preparation and no run: corpora that a program writes.

    None of a broken `file`: `dvc_state` names it.
    """
    try:
        stages = yaml_files.read(file).get("stages")
    except InputError:
        return ()
    stages = stages.values() if isinstance(stages, dict) else ()
    listed = [stage.get("outs") for stage in stages if isinstance(stage, dict)]
    return tuple(out for outs in listed if isinstance(outs, list) for out in outs if isinstance(out, str))


def dvc_state() -> list[Finding]:
    """Findings about files of DVC's that it can't read, as a kill or a merge leaves them: every dvc command ends."""
    from mmner.tools.costs import graph

    findings = []
    locks = [partial(dvc_files.locked_outs, lock) for lock in dvc_files.locks()]
    for look in (*locks, dvc_files.check_rwlock):
        try:
            look()
        except InputError as error:
            findings.append(from_error(error))
    if not findings:
        try:
            graph.check() if dvc_files.dvc_folder().is_dir() else yaml_files.read("dvc.yaml")
        except InputError as error:
            findings.append(from_error(error))
    return findings


def _result(check: Future) -> Finding:
    try:
        return check.result()
    except Exception as error:
        return from_error(error)


def _looked(look: Callable[[], list[Finding]]) -> list[Finding]:
    try:
        return look()
    except Exception as error:
        return [from_error(error)]


def _joined(users: list[str]) -> str:
    more = len(users) - MAX_NAMED
    return ", ".join(users[:MAX_NAMED]) + (f" and {more} more" if more > 0 else "")
