"""Watches the real stages from inside: a folder on PYTHONPATH, which Python imports this from as it starts.

Appends to the file $COUNT_CALLS a line as a backend is called and one as it has answered:
`asked captions train-1 train-2`, `answered captions train-1 train-2`; each step of a training leaves
`asked train step`, each computing of predictions `asked evaluate split`. To $COUNT_CALLS.reads goes a line for each
file below data/ that a stage opens to read: `captions data/prepared/sample/examples.parquet`. What is watched stays
as it is.
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


_written = set()  # by this process: reading its own is nobody's business


def _note_read(path) -> None:
    script = os.path.basename(sys.argv[0]) if sys.argv else ""
    place = os.path.relpath(os.path.abspath(os.fspath(path)))
    if place not in _written and place.startswith("data" + os.sep) and script.endswith(".py"):
        with open(os.environ["COUNT_CALLS"] + ".reads", "a", encoding="utf-8") as file:
            file.write(f"{script.removesuffix('.py')} {place}\n")


def _audit(event: str, details: tuple) -> None:
    if event == "open" and isinstance(details[0], str | os.PathLike):
        if details[2] & (os.O_WRONLY | os.O_RDWR):
            _written.add(os.path.relpath(os.path.abspath(details[0])))
        else:
            _note_read(details[0])


def _note_parquet(parquet) -> None:
    """Arrow opens files by itself, which no audit event tells."""

    class Noted(parquet.ParquetFile):
        def __init__(self, source, *rest, **options):
            if isinstance(source, str | os.PathLike):
                _note_read(source)
            super().__init__(source, *rest, **options)

    parquet.ParquetFile = Noted


def _count_calls(owner, name: str, stage: str, what: str) -> None:
    """Note each call of function `name` of `owner`, a class or a module."""
    original = getattr(owner, name)

    def call(*arguments):
        _note("asked", stage, [what])
        return original(*arguments)

    setattr(owner, name, call)


WATCHED = {
    "mmner.base.params": _count_backends,
    "mmner.train.loop": lambda loop: _count_calls(loop.Trainer, "step", "train", "step"),
    "mmner.predict": lambda predict: _count_calls(predict, "compute", "evaluate", "split"),
    "pyarrow.parquet": _note_parquet,
}


class _Watching(Loader):
    def __init__(self, real: Loader, then):
        self.create_module, self._real, self._then = real.create_module, real, then

    def exec_module(self, module) -> None:
        self._real.exec_module(module)
        self._then(module)


class _Finder(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name not in WATCHED:
            return None
        spec = PathFinder.find_spec(name, path)
        spec.loader = _Watching(spec.loader, WATCHED[name])
        return spec


if "COUNT_CALLS" in os.environ:
    sys.meta_path.insert(0, _Finder())
    sys.addaudithook(_audit)
