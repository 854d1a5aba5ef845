"""Before a long run: what each variant in use needs, and whether it is there. Nothing is loaded, computed or written.

Reads: params.yaml, dvc.yaml (for what `dvc repro` makes itself), the disk, the environment, and the servers that
variants name. What a variant needs its params say (`requirements()`, mmner/base/requirements.py); here is how
each kind is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mmner.base import params, requirements
from mmner.tools.doctor import files, machine, models, servers
from mmner.tools.doctor.findings import Finding, Here
from mmner.tools.doctor.inquiry import Inquiry

LOOKS: dict[type, Callable[[requirements.Requirement, Here], Finding]] = {
    requirements.Package: files.package,
    requirements.Weights: models.weights,
    requirements.Key: servers.key,
    requirements.Server: servers.server,
    requirements.Wiki: servers.wiki,
    requirements.ZimFile: files.archive,
    requirements.PrecomputedFile: files.file,
    requirements.CheckpointFolder: files.folder,
    requirements.CorpusFolder: files.corpus,
    requirements.Environment: files.environment,
}
NAMED = 2  # users of a need that its line names
AT_ONCE = 16  # looks at once: most of them wait for a server


def examine(
    everything: dict, preparations: list[str], runs: list[str], *, raw: Path, timeout: float, hub: str
) -> Iterator[tuple[str, Finding]]:
    """What is found for `preparations` and `runs` of params.yaml's content `everything`: (whom it is about, finding).

    raw: the folder of corpora. timeout: seconds for each network check, which go on at the same time. hub: the model
    hub's address.
    """
    with ThreadPoolExecutor(AT_ONCE) as pool:
        outs = (*made(), *(str(raw / name) for name in everything.get("images") or ()))
        here = Here(timeout, outs, hub, pool.submit(machine.probe))
        inquiry = Inquiry(everything, raw, here)
        for name in runs:
            inquiry.run(name)
        for name in preparations:
            inquiry.preparation(name)
        looks = {need: pool.submit(LOOKS[type(need)], need, here) for need in inquiry.users}
        yield from inquiry.wrong
        download = 0
        for need, users in inquiry.users.items():
            finding = looks[need].result()
            download += finding.download
            yield _named(users), finding
        yield "machine", machine.about(here.machine.result())
        yield from (("machine", finding) for finding in machine.disk(download))


def made(file: str = "dvc.yaml") -> tuple[str, ...]:
    """What stages of `file` make that belong to no preparation and no run: corpora that a program writes."""
    if not Path(file).is_file():
        return ()
    stages = params.load(file).get("stages", {}).values()
    return tuple(out for stage in stages for out in stage.get("outs", ()) if isinstance(out, str))


def _named(users: list[str]) -> str:
    more = len(users) - NAMED
    return ", ".join(users[:NAMED]) + (f" and {more} more" if more > 0 else "")
