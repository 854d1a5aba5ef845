"""Other interpreters, for backends whose packages cannot live beside ours.

A backend class with `environment = "lavis"` runs under `.venv-lavis/bin/python`, which `make lavis-env` builds: its
stage starts itself again under that interpreter, and whoever runs the stage sees no difference.
"""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

from mmner.base import paths
from mmner.base.errors import InputError

INSIDE = "MMNER_ENVIRONMENT"  # set in a process that was started again, to the environment's name


def python(name: str) -> Path | None:
    """The interpreter of environment `name`, such as "lavis"; None where it is not built.

    For "lavis" it is the value of $MMNER_LAVIS_PYTHON, else the one in `.venv-lavis`, beside the current virtual
    environment or in the checkout.
    """
    if override := paths.expanded(os.environ.get(f"MMNER_{name.upper()}_PYTHON")):
        return Path(override) if os.access(override, os.X_OK) else None
    for parent in (Path(sys.prefix).parent, Path(__file__).resolve().parents[2]):
        folder = parent / f".venv-{name}"
        if (folder / "ready").is_file():
            return folder / "bin" / "python"
    return None


def pip_install(*arguments: str) -> str:
    """The command that installs `arguments` for this interpreter, whose environment may have no pip of its own."""
    python = Path(sys.executable)
    shown = python.relative_to(Path.cwd()) if python.is_relative_to(Path.cwd()) else python
    return f"pip --python {shlex.quote(str(shown))} install {' '.join(arguments)}"


def enter(name: str | None, user: str) -> None:
    """Replace this process by the same script and arguments under the interpreter of environment `name`.

    Nothing happens for None, or under that interpreter. `user`: the variant that asks for it, named in errors.
    Errors: InputError `no-environment`.
    """
    if name is None or os.environ.get(INSIDE) == name:
        return
    interpreter = python(name)
    if interpreter is None:
        variable = f"MMNER_{name.upper()}_PYTHON"
        what = f"the backend runs under an interpreter of its own, and .venv-{name} is not built"
        if override := os.environ.get(variable):
            what = f"the backend runs under an interpreter of its own, and ${variable} names none: {override}"
        remedy = f"make {name}-env, or set {variable} to an interpreter with its packages"
        raise InputError("no-environment", what, where=user, remedy=remedy)
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(interpreter, [str(interpreter), *sys.argv], os.environ | {INSIDE: name})
