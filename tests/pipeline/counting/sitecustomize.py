"""Counts backend calls inside the real stages: a folder on PYTHONPATH, which Python imports this from as it starts.

Appends a line to the file $COUNT_CALLS as a backend is called and one as it has answered:
`asked captions train-1 train-2`, `answered captions train-1 train-2`. The backend itself stays as it is. Each step of a
training leaves `asked train step`, each computing of predictions `asked evaluate split`.
"""

import os
import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import PathFinder


def _note(event: str, stage: str, ids) -> None:
    with open(os.environ["COUNT_CALLS"], "a", encoding="utf-8") as file:
        file.write(f"{event} {stage} {' '.join(ids)}\n")


def _counted(section: str, backend):
    def call(self, items):
        _note("asked", section, [item["id"] for item in items])
        results = original.__call__(self, items)
        _note("answered", section, [item["id"] for item in items])
        return results

    original = type(backend)
    backend.__class__ = type(original.__name__, (original,), {"__call__": call})
    return backend


def _count_backends(params) -> None:
    built = params.backend
    params.backend = lambda section, *rest: _counted(section, built(section, *rest))


def _count_calls(owner, name: str, stage: str, what: str) -> None:
    """Note each call of function `name` of `owner`, a class or a module."""
    original = getattr(owner, name)

    def call(*arguments):
        _note("asked", stage, [what])
        return original(*arguments)

    setattr(owner, name, call)


COUNTED = {
    "mmner.base.params": _count_backends,
    "mmner.train.loop": lambda loop: _count_calls(loop.Trainer, "step", "train", "step"),
    "mmner.predict": lambda predict: _count_calls(predict, "compute", "evaluate", "split"),
}


class _Counting(Loader):
    def __init__(self, real: Loader, count):
        self.create_module, self._real, self._count = real.create_module, real, count

    def exec_module(self, module) -> None:
        self._real.exec_module(module)
        self._count(module)


class _Finder(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name not in COUNTED:
            return None
        spec = PathFinder.find_spec(name, path)
        spec.loader = _Counting(spec.loader, COUNTED[name])
        return spec


if "COUNT_CALLS" in os.environ:
    sys.meta_path.insert(0, _Finder())
