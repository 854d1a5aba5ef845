"""Which Executor (mmner/rows/pool.py) a stage gets: as the user says, on this machine alone; no row depends on it.

The user says it by option, by variable, or in LOCAL, a file that git ignores, such as

    workers: 4
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from mmner.base.errors import InputError
from mmner.rows.contract import Backend
from mmner.rows.dry_run import PLAN
from mmner.rows.pool import Executor, Inline

WORKERS, RAY = "MMNER_WORKERS", "MMNER_RAY"  # a number; the address of a cluster
LOCAL = "mmner.local.yaml"  # with WORKERS and RAY as keys `workers` and `ray`
MOST = 1000  # workers


class Wish(NamedTuple):
    """What the user wants, and what it is called where it stands. value: "" is none. where: a file and its key."""

    value: str
    name: str
    where: str = ""


def choose(backend: Backend, workers: int | None = None, ray: str | None = None) -> Executor:
    """The Executor for `backend`. workers, ray: as the options say; else as variables or LOCAL do.

    Errors: InputError `bad-option`, `yaml-syntax`; those of `RayActors`.
    """
    local = _local()
    width = _number(_wish("--workers", workers, WORKERS, local))
    address = _wish("--ray", ray, RAY, local).value
    planned = os.environ.get(PLAN)  # then nothing is computed
    if planned or backend.parallel == "none" or (width == 1 and not address):
        return Inline(backend)
    if address:
        from mmner.rows.ray_actors import RayActors

        return RayActors(backend, width, address)
    if width is None:
        return Inline(backend)
    from mmner.rows.workers import Processes

    return Processes(backend, width)


def _wish(option: str, given: int | str | None, variable: str, local: dict[str, Wish]) -> Wish:
    """`given` by `option`; else what `variable` says, be it nothing; else what LOCAL does."""
    if given is not None:
        return Wish(str(given), option)
    if variable in os.environ:
        return Wish(os.environ[variable].strip(), variable)
    return local.get(option.removeprefix("--"), Wish("", option))


def _number(wish: Wish) -> int | None:
    """How many workers the user wants; None where nobody says. Errors: InputError `bad-option`."""
    text = wish.value
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= MOST):
        raise InputError("bad-option", f"{wish.name} {text}", where=wish.where, remedy=f"a number from 1 to {MOST}")
    return int(text)


def _local() -> dict[str, Wish]:
    """What LOCAL says, by key: the one of this folder, or of the nearest above it, for `dvc exp run --temp`.

    Errors: InputError `bad-option`; those of `yaml_files.read`.
    """
    here = Path.cwd()
    file = next((place / LOCAL for place in (here, *here.parents) if (place / LOCAL).is_file()), None)
    if file is None:
        return {}
    from mmner.base import yaml_files

    content = yaml_files.read(file)
    allowed = {"workers": int, "ray": str}
    for key, value in content.items():
        where, remedy = f"{file}: {key}", "it has the keys workers, a number, and ray, the address of a cluster"
        if key not in allowed:
            raise InputError("bad-option", "unknown key", where=where, remedy=remedy)
        if value is not None and type(value) is not allowed[key]:
            raise InputError("bad-option", f"{value!r} is of another type", where=where, remedy=remedy)
    return {key: Wish("" if value is None else str(value).strip(), key, str(file)) for key, value in content.items()}
