"""Finished models by their key, in DVC's cache: a run whose key is known is not trained, its model's files are copied.

Two ways lead there. dvc.lock names model folders, of this commit or pulled from a colleague, and `model.json` in them
holds a key. A mark `trained:<key>` in the row store names the files of a model that was trained over this store, on
whatever branch and under whatever name; it counts while DVC's cache has them all.

A stage ends before DVC puts its model into the cache. Until a later start finds it there, the state in `resume/` stays,
so that a kill in between costs no epoch.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pydantic

from mmner.base import atomic
from mmner.base.dvc_files import cache_path, lock_of, locked_outs
from mmner.base.paths import file_digest
from mmner.model import description
from mmner.rows import memo as memos
from mmner.rows.store import Store, folder, let_group_write

SHOTS = "shots.json"
MADE_ANEW = (description.FILE, SHOTS)  # names of runs and posts stand in them


class _Trained(memos.Remembered):
    """The mark of a model. resume: the name of the file with its training's state."""

    files: dict[str, str]
    description: dict
    resume: Annotated[str, pydantic.Field(pattern=r"^\w+\.pt$")]


@dataclass(frozen=True)
class Finished:
    """A model in DVC's cache. files: md5 by path in the model's folder, without those that are made anew."""

    files: dict[str, str]
    description: dict


def find(store: Store, key: str, model: Path, lock: Path | None = None) -> Finished | None:
    """The model of `key`, if there is one in DVC's cache. `model`: its folder, as a dvc.lock names it.

    lock: which; None: the one that names that folder.
    """
    if uncommitted(store, key):  # newer than what the lock knows
        return None
    if store.get([_retrain(key)]):
        return None
    for trained in _locked(model, lock or lock_of(model)):
        if trained.description.get("training", {}).get("key") == key and trained.description["version"] == (
            description.VERSION
        ):
            return trained
    mark = _mark(store, key)
    if mark is not None and _in_cache(mark.files):
        return Finished(mark.files, mark.description)
    return None


def uncommitted(store: Store, key: str) -> bool:
    """Whether a model of `key` was trained that DVC's cache lacks, and the training's state is there."""
    mark = _mark(store, key)
    return mark is not None and not _in_cache(mark.files) and (resume_folder() / mark.resume).is_file()


def state(store: Store, key: str) -> str | None:
    """The name of the file with the weights of `key`, which DVC's cache lacks, whichever run left it; None without."""
    if store.get([_retrain(key)]) or not uncommitted(store, key):
        return None
    return _mark(store, key).resume


def _mark(store: Store, key: str) -> _Trained | None:
    return memos.read(store, [_trained(key)], _Trained).get(_trained(key))


def _locked(model: Path, lock: Path) -> Iterator[Finished]:
    """The models that `lock` names and DVC's cache has whole: that at `model` first."""
    known = locked_outs(lock)
    digests = [known.pop(model.as_posix(), None), *known.values()]
    for digest in digests:
        if digest is None or not digest.endswith(".dir") or not cache_path(digest).is_file():
            continue
        listed = {
            entry["relpath"]: entry["md5"] for entry in json.loads(cache_path(digest).read_text(encoding="utf-8"))
        }
        if description.FILE in listed and "model.safetensors" in listed and _in_cache(listed):
            about = json.loads(cache_path(listed[description.FILE]).read_text(encoding="utf-8"))
            yield Finished({path: md5 for path, md5 in listed.items() if path not in MADE_ANEW}, about)


def _in_cache(files: dict[str, str]) -> bool:
    return all(cache_path(md5).is_file() for md5 in files.values())


def copy(trained: Finished, to: Path) -> None:
    """Copy the files of `found` to folder `to`. Never a link: whoever writes there would write into DVC's cache."""
    for path, md5 in trained.files.items():
        (to / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(cache_path(md5), to / path)


def remember(store: Store, key: str, model: Path, resume: str) -> None:
    """Mark that `key` is the model in folder `model`. `resume`: the name of the file with the training's state."""
    value = {"files": _digests(model), "description": description.read(model), "resume": resume}
    with store.writing() as db:  # in place of an older one: the run was trained again
        db.execute("DELETE FROM marks WHERE key IN (?, ?)", (_trained(key), _retrain(key)))
        row = (_trained(key), json.dumps(value, ensure_ascii=False), time.time())
        db.execute("INSERT INTO marks VALUES (?, ?, ?)", row)


def _digests(model: Path) -> dict[str, str]:
    """md5 by path of the files in folder `model`, without those that are made anew."""
    paths = {path.relative_to(model).as_posix(): path for path in sorted(model.rglob("*")) if path.is_file()}
    return {name: file_digest(path, "md5") for name, path in paths.items() if name not in MADE_ANEW}


def into_cache(store: Store, key: str, model: Path) -> None:
    """Put the files in folder `model`, which is that of `key`, into DVC's cache, as DVC does at a stage's end.

    What is marked may be another: a model that dvc.lock knows needs no mark, and one that was pulled may differ.
    """
    files, mark = _digests(model), _mark(store, key)
    if mark is None or mark.files != files:
        remember(store, key, model, f"{key}.pt" if mark is None else mark.resume)
    for path, md5 in files.items():
        place = cache_path(md5)
        if not place.is_file():
            with atomic.atomic_write(place) as temporary:
                shutil.copyfile(model / path, temporary)
                temporary.chmod(0o444)  # DVC's way with what is in its cache


def forget(store: Store, key: str) -> None:
    """Let the next start of a run with `key` train it, whatever DVC's cache and `resume/` hold of it."""
    if store.get([_retrain(key)]):  # begun before, and killed: what is in `resume/` is of that
        return
    if (mark := _mark(store, key)) is not None:
        (resume_folder() / mark.resume).unlink(missing_ok=True)
    store.put({_retrain(key): {}})


def sweep(store: Store) -> None:
    """Remove the states of trainings whose models are in DVC's cache by now."""
    if not any(resume_folder().glob("*.pt")):
        return
    first, last = _trained(""), _trained("~")
    keys = [key for (key,) in store.db.execute("SELECT key FROM marks WHERE key BETWEEN ? AND ?", (first, last))]
    marks = memos.read(store, keys, _Trained)
    begun = store.get(_retrain(key.removeprefix(first)) for key in marks)  # whose state is of the training at work
    for key, mark in marks.items():
        state = resume_folder() / mark.resume
        if _retrain(key.removeprefix(first)) not in begun and state.is_file() and _in_cache(mark.files):
            state.unlink(missing_ok=True)


@contextmanager
def locked(key: str) -> Iterator[None]:
    """Of two processes over one store that would train `key`, the second waits until the first is done."""
    resume_folder().mkdir(parents=True, exist_ok=True)
    let_group_write(resume_folder(), 0o2775)
    place = resume_folder() / f"{key}.lock"
    with open(place, opener=_made_readable) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("train: another process trains this very model: waiting for it", file=sys.stderr)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _made_readable(path: str, _: int) -> int:
    """A file of another user, who shares the store, can be locked, and not written."""
    return os.open(path, os.O_CREAT | os.O_RDONLY, 0o666)


def resume_folder() -> Path:
    """Where states of trainings are kept."""
    return folder() / "resume"


def _trained(key: str) -> str:
    return f"trained:{key}"


def _retrain(key: str) -> str:
    return f"retrain:{key}"
