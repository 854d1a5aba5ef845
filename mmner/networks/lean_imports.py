"""transformers' models without what they import for other people: half of a process's start, where it has a network.

Importing any model imports torch's compiler with sympy, its tensors sharded over machines, and scipy's optimisers.
The compiler is put off until somebody compiles, the others are left out, since nothing here uses them. That holds for
processes of ours alone; in a program that imports mmner, transformers is imported whole. So is torch
(mmner/base/lean_torch.py).
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType

from mmner.base import lean_torch
from mmner.base.main import is_ours

MODELS = ("transformers.modeling_utils", "transformers.generation.utils")
COMPILER = "torch._dynamo"
# What transformers and torch mark functions and places with, which means something to the compiler alone.
MARKS = ("allow_in_graph", "assume_constant_result", "disable", "graph_break")
# Functions of torch that import parts of the compiler, which can't be had before the whole.
ENTRIES = ("compile", "use_deterministic_algorithms")
# transformers' questions whether a package is there, answered with no: sharded tensors, scipy.
ABSENT = ("is_torch_distributed_available", "is_scipy_available")
_lock = threading.RLock()


def import_models() -> None:
    """Import what every model of transformers needs. Without it all works as well, and begins later."""
    with _lock:
        if not is_ours() or MODELS[0] in sys.modules:
            return
        _put_compiler_off()
        with _answered_with_no():
            for name in MODELS:
                importlib.import_module(name)


class _Later(ModuleType):
    """A package that is executed when an attribute of it is first asked for; its submodules can be imported before."""

    def __getattr__(self, name: str):
        with _lock:
            if type(self) is _Later:
                if name.startswith("__") or self.__dict__.get("_begun"):
                    raise AttributeError(name)
                self._begun = True
                lean_torch.complete()
                self.__spec__.loader.exec_module(self)
                self.__class__ = ModuleType
        return getattr(self, name)


def _put_compiler_off() -> None:
    """Until it is executed, its marks leave functions as they are, such as torch's initialisations and AdamW."""
    import torch

    spec = None if COMPILER in sys.modules else importlib.util.find_spec(COMPILER)
    if spec is None:
        return
    later = sys.modules[COMPILER] = _Later(COMPILER)
    later.__spec__, later.__loader__, later.__file__ = spec, spec.loader, spec.origin
    later.__path__, later.__package__ = spec.submodule_search_locations, COMPILER
    torch._dynamo = later  # as an import does
    for name in MARKS:
        setattr(later, name, _mark)
    for name in ENTRIES:
        setattr(torch, name, _with_compiler(getattr(torch, name)))


def _with_compiler(function: Callable) -> Callable:
    """`function`, after an import of the compiler."""

    @functools.wraps(function)
    def called(*args, **options):
        importlib.import_module(COMPILER).optimize  # noqa: B018 an attribute executes what was put off
        return function(*args, **options)

    return called


def _mark(function=None, *_args, **_options):
    """As a decorator with or without arguments: the function as it is."""
    return _mark if function is None else function


@contextmanager
def _answered_with_no() -> Iterator[None]:
    """Within the block, transformers takes what ABSENT asks for as absent; a module that begins there keeps to that."""
    homes = [importlib.import_module(name) for name in ("transformers.utils.import_utils", "transformers.utils")]
    before = [(home, name, getattr(home, name)) for home in homes for name in ABSENT if hasattr(home, name)]
    for home, name, _ in before:
        setattr(home, name, lambda: False)
    try:
        yield
    finally:
        for home, name, asks in before:
            setattr(home, name, asks)
