"""Other interpreters, for backends whose packages cannot live beside ours.

A backend class that says `environment = "lavis"` runs under `.venv-lavis/bin/python` (`make lavis-env` builds it): its
stage starts itself again there and goes on, so that whoever runs the stage sees no difference.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from mmner.base.errors import InputError

INSIDE = "MMNER_ENVIRONMENT"  # set in a process that was started again, to the environment's name


def python(name: str) -> Path | None:
    """The interpreter of environment `name`, such as "lavis"; None where it is not built.

    $MMNER_LAVIS_PYTHON (for "lavis") names one; else it is in `.venv-lavis`, beside the virtual environment that we
    run in or in the checkout.
    """
    if given := os.environ.get(f"MMNER_{name.upper()}_PYTHON"):
        return Path(given) if os.access(given, os.X_OK) else None
    for place in (Path(sys.prefix).parent, Path(__file__).resolve().parents[2]):
        folder = place / f".venv-{name}"
        if (folder / "ready").is_file():
            return folder / "bin" / "python"
    return None


def enter(backend: object) -> None:
    """Go on under the interpreter that `backend` asks for: a new process image of this script, with its arguments.

    Nothing happens where it asks for none, or where we are there. Errors: InputError `no-environment`.
    """
    name = getattr(backend, "environment", None)
    if name is None or os.environ.get(INSIDE) == name:
        return
    interpreter = python(name)
    if interpreter is None:
        variable = f"MMNER_{name.upper()}_PYTHON"
        what = f"the backend runs under an interpreter of its own, and .venv-{name} is not built"
        if given := os.environ.get(variable):
            what = f"the backend runs under an interpreter of its own, and ${variable} names none: {given}"
        remedy = f"make {name}-env, or set {variable} to an interpreter with its packages"
        raise InputError("no-environment", what, where=type(backend).__name__, remedy=remedy)
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(interpreter, [str(interpreter), *sys.argv], os.environ | {INSIDE: name})
