"""Which Executor (mmner/rows/pool.py) a stage gets: as the user says, on this machine alone; no row depends on it."""

from __future__ import annotations

import os

from mmner.base.errors import InputError
from mmner.rows.contract import Backend
from mmner.rows.pool import Executor, Inline

WORKERS, RAY = "MMNER_WORKERS", "MMNER_RAY"  # a number; the address of a cluster
MOST = 1000  # workers


def number_of_workers(given: int | None = None) -> int | None:
    """How many workers the user wants: `given` by --workers, else $MMNER_WORKERS; None where neither says.

    Errors: InputError `bad-option`.
    """
    named = "--workers" if given is not None else WORKERS
    text = str(given) if given is not None else os.environ.get(WORKERS, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= MOST):
        raise InputError("bad-option", f"{named} {text}", remedy=f"a number from 1 to {MOST}")
    return int(text)


def choose(backend: Backend, workers: int | None = None, ray: str | None = None) -> Executor:
    """The Executor for `backend`. workers, ray: as the options say; else as $MMNER_WORKERS and $MMNER_RAY do.

    Errors: InputError `bad-option`; those of `RayActors`.
    """
    width, address = number_of_workers(workers), ray or os.environ.get(RAY, "").strip()
    if backend.parallel == "none" or (width == 1 and not address):
        return Inline(backend)
    if address:
        from mmner.rows.ray_actors import RayActors

        return RayActors(backend, width, address)
    if width is None:
        return Inline(backend)
    from mmner.rows.workers import Processes

    return Processes(backend, width)
