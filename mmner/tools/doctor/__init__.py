"""Before a long run: what each variant in use requires, and whether it is there.

Nothing is loaded or computed, and nothing written but digests of files into the row store (drift.py).

Reads: params.yaml, dvc.yaml (for what `dvc repro` makes itself), the disk, the environment, and the servers that
variants name. A variant's params say what it requires (`requirements()`, mmner/base/requirements.py); this package
checks each kind of requirement.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mmner.base import params, requirements
from mmner.tools.doctor import local_files, machine, models, servers
from mmner.tools.doctor.collector import Collector
from mmner.tools.doctor.findings import Context, Finding

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
    content: dict, preparations: list[str], runs: list[str], *, raw: Path, timeout: float, hub: str
) -> Iterator[tuple[str, Finding]]:
    """(the entries of params.yaml that it is about, finding) for all that `preparations` and `runs` require.

    content: of params.yaml. raw: the folder of corpora. timeout: seconds for each check over the network, which run
    side by side. hub: the model hub's address.
    """
    with ThreadPoolExecutor(THREADS) as pool:
        outs = (*corpora_made(), *(str(raw / name) for name in content.get("images") or ()))
        context = Context(timeout, outs, hub, pool.submit(machine.probe))
        collector = Collector(content, raw)
        for name in runs:
            collector.run(name)
        for name in preparations:
            collector.preparation(name)
        checks = {
            requirement: pool.submit(CHECKS[type(requirement)], requirement, context) for requirement in collector.users
        }
        yield from collector.findings
        download = 0
        for requirement, users in collector.users.items():
            finding = checks[requirement].result()
            download += finding.download
            yield _joined(users), finding
        yield "machine", machine.summary(context.machine.result())
        yield from (("machine", finding) for finding in machine.disk(download))


def corpora_made(file: str = "dvc.yaml") -> tuple[str, ...]:
    """The outs of those stages of `file` that belong to no preparation and no run: corpora that a program writes."""
    if not Path(file).is_file():
        return ()
    stages = params.load(file).get("stages", {}).values()
    return tuple(out for stage in stages for out in stage.get("outs", ()) if isinstance(out, str))


def _joined(users: list[str]) -> str:
    more = len(users) - MAX_NAMED
    return ", ".join(users[:MAX_NAMED]) + (f" and {more} more" if more > 0 else "")
