"""torch without its registrations for tensors that have a shape and no numbers: a third of its import.

Its compiler needs them, and a network that is built without memory for its weights, where it is of a rare kind.
"""

from __future__ import annotations

import importlib
import os
import sys
from types import ModuleType

from mmner.base import interpreter

REGISTRATIONS = "torch._meta_registrations"


def put_off() -> None:
    """From here on `import torch` leaves the registrations out, until `complete`; not in an environment of its own."""
    if "torch" not in sys.modules and interpreter.INSIDE not in os.environ:
        sys.modules.setdefault(REGISTRATIONS, _Absent(REGISTRATIONS))


def complete() -> None:
    """Make the registrations, where they were left out."""
    if isinstance(sys.modules.get(REGISTRATIONS), _Absent):
        del sys.modules[REGISTRATIONS]
        importlib.import_module(REGISTRATIONS)


class _Absent(ModuleType):
    def __getattr__(self, name: str):
        if name.startswith("__"):
            raise AttributeError(name)
        complete()
        return getattr(sys.modules[REGISTRATIONS], name)
