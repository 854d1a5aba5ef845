"""Where a model is taken from: a run of this repository, an exported folder, a name on the hub."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from mmner.base import paths
from mmner.base.errors import InputError
from mmner.predict import exported, repository
from mmner.predict.predictor import Predictor
from mmner.rows import store as rows_store
from mmner.rows.store import Store

STORE_BYTES = 1_000_000_000  # of the user's own cache, outside of a repository


def load(
    place: str | Path,
    *,
    engines: Mapping[str, str] | None = None,
    without: Iterable[str] = (),
    store: bool | str | Path = True,
    device: str | None = None,
    files: Mapping[str, str] | None = None,
    servers: Iterable[str] = (),
) -> Predictor:
    """The model at `place`: a run of this repository, a folder that `mmner export` made, or a name on the hub.

    engines: stage -> entry of that section of params.yaml, in place of the one that the model was trained with.
    without: stages that are left out. store: where rows are kept, so that asking twice computes nothing: True is the
    repository's row store, or a file in the user's cache folder, of a gigabyte at most; False keeps nothing.
    servers: addresses to which stages of an export may send posts, and keys of this machine: nobody else's choice.
    device: such as cpu or cuda:1. files: what an export names and does not hold, by its name there, -> a path here.
    Errors: InputError `unknown-place`, and those of the model's files, its stages and params.yaml.
    """
    if device is not None:
        os.environ["MMNER_DEVICE"] = device
    chosen = dict(engines or {})
    place = str(place)
    if exported.is_one(Path(place)):
        return exported.load(Path(place), chosen, without, _store(store), files or {}, servers)
    if place.count("/") == 1 and not Path(place).exists():  # no run's; the params.yaml here may be of another program
        return exported.load(exported.download(place), chosen, without, _store(store), files or {}, servers)
    if run := repository.run_at(place):
        return repository.load(run, chosen, without, _store(store))
    known = ", ".join(repository.runs()) or "there is no params.yaml here"
    remedy = f"a run ({known}), a folder that `python -m mmner export` made, or OWNER/NAME on the hub"
    raise InputError("unknown-place", "no model there", where=place, remedy=remedy)


NO_CACHE = "set HOME or MMNER_STORE, or keep nothing: --no-store"


def _store(wanted: bool | str | Path) -> Store:
    in_repository = bool(os.environ.get("MMNER_STORE")) or repository.is_here()
    if wanted is False:
        beside = rows_store.folder() if in_repository else None
        return Store(rows_store.IN_MEMORY, beside=beside, any_thread=True)
    if wanted is not True:
        return Store(Path(wanted), any_thread=True)
    own = rows_store.folder() if in_repository else paths.user_cache(NO_CACHE)
    opened = Store(own / rows_store.FILE, any_thread=True)
    if not in_repository:
        opened.limit(STORE_BYTES)
    return opened


def tell(lines: Iterable[str]) -> None:
    """Write `lines` to stderr, each as a warning."""
    for line in lines:
        print(f"WARNING: {line}", file=sys.stderr)
