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
# Parts of the compiler, which can't be imported before the registrations, and are not among what these import.
COMPILER = ("torch._inductor", "torch._dynamo.convert_frame", "torch._dynamo.backends", "torch._functorch.aot_autograd")


def put_off() -> None:
    """From here on `import torch` leaves the registrations out, until `complete` or an import of the compiler.

    Not in an environment of its own, which has an older torch.
    """
    if "torch" not in sys.modules and REGISTRATIONS not in sys.modules and interpreter.INSIDE not in os.environ:
        sys.modules[REGISTRATIONS] = _Absent(REGISTRATIONS)
        sys.meta_path.insert(0, _Completing())


def complete() -> None:
    """Make the registrations, where they were left out."""
    if isinstance(sys.modules.get(REGISTRATIONS), _Absent):
        del sys.modules[REGISTRATIONS]
        importlib.import_module(REGISTRATIONS)


class _Completing:
    """A finder of no module, that is asked for every one that is imported."""

    def find_spec(self, name: str, _path=None, _target=None) -> None:
        if name in COMPILER:
            complete()


class _Absent(ModuleType):
    def __getattr__(self, name: str):
        if name.startswith("__"):
            raise AttributeError(name)
        complete()
        return getattr(sys.modules[REGISTRATIONS], name)
