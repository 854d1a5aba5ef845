"""Garbage collection in the store: which rows no artifact uses any more, their size, and deleting them.

An artifact uses the rows that its `.rows.parquet` names: those in the working tree, and those that a dvc.lock names and
DVC's cache holds, of the tip of each branch, tag and experiment, or of every commit.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mmner.base import dvc_files
from mmner.base.errors import InputError
from mmner.rows import parquet
from mmner.rows.store import Store, folder

DAY = 86_400  # seconds
KINDS = ("resume/*", "taggers/*", "vectors/*", "squares/*/*")  # of files beside the store
ALWAYS_KEPT = ("llm-b%", "llm-file:%", "asked:%", "adopted:%", "forgotten:%", "trained:%", "retrain:%", "predicted:%")
LOOKED_UP = " AND ".join(f"key NOT LIKE '{kind}'" for kind in ALWAYS_KEPT)


@dataclass
class InUse:
    """`fingerprints`: of the rows that `artifacts` (how many) use. `absent`: how many more artifacts a dvc.lock names
    that are not in DVC's cache, so that their rows are not known."""

    fingerprints: set[str]
    artifacts: int = 0
    absent: int = 0


@dataclass
class Garbage:
    """What can be deleted. `rows`, `marks`: keys. `size`: bytes of both. `files`: bytes of each file of training states
    that were left behind, of taggers' weights, and of features' vectors."""

    rows: list[str]
    marks: list[str]
    files: dict[Path, int]
    size: int = 0


def in_use(prepared: Path, all_commits: bool) -> InUse:
    """The rows in use in this clone. `all_commits`: by every commit, not only by the tips of branches.

    Errors: InputError `missing-artifact`, `artifact-schema` of what is in folder `prepared`; `dvc-lock`, `git-failed`.
    """
    here = (*prepared.glob("*/*.rows.parquet"), *(prepared.parent / "systems").glob("*/*.rows.parquet"))
    for file in here:
        parquet.count(file, "rows")  # it names a pipe, which would be waited for, or what else is none
    files = {hashlib.md5(file.read_bytes()).hexdigest(): file for file in here}
    locks = [*map(dvc_files.locked_outs, dvc_files.locks()), *_locks(all_commits)]
    locked = {md5 for outs in locks for path, md5 in outs.items() if _is_provenance(path)}
    files |= {md5: dvc_files.cache_path(md5) for md5 in locked if dvc_files.cache_path(md5).is_file()}
    absent = locked - set(files)
    used = InUse(set(), len(files), len(absent))
    for file in files.values():
        used.fingerprints.update(row["fingerprint"] for row in parquet.stream(file, "rows", ["fingerprint"]))
    return used


def collect(store: Store, used: InUse, keep_days: float, marks: bool) -> Garbage:
    """What is not in `used` and older than `keep_days` days. `marks`: with what stages looked up or asked."""
    before = time.time() - keep_days * DAY
    query = "SELECT fingerprint, length(coalesce(value, '')) + length(coalesce(vectors, '')) FROM rows WHERE made < ?"
    rows = {key: size for key, size in store.query(query, (before,)) if key not in used.fingerprints}
    looked_up = {}
    if marks:
        query = f"SELECT key, length(value) FROM marks WHERE made < ? AND {LOOKED_UP}"
        looked_up = dict(store.query(query, (before,)))
    files = {}
    for file in (path for kind in KINDS for path in folder().glob(kind)):
        with suppress(FileNotFoundError):  # another process may be done with it
            stat = file.stat()
            if stat.st_mtime < before and file.suffix != ".lock":  # who waits for one would not see another's
                files[file] = stat.st_size
    size = sum(rows.values()) + sum(looked_up.values())
    return Garbage(list(rows), list(looked_up), files, size)


def delete(store: Store, garbage: Garbage) -> None:
    """Delete `garbage` from `store` and the disk, and shrink the store's file.

    The marks of artifacts that were taken over go too, so that rows deleted here can be taken over again.
    """
    with store.writing() as db:
        db.executemany("DELETE FROM rows WHERE fingerprint = ?", [(key,) for key in garbage.rows])
        db.executemany("DELETE FROM marks WHERE key = ?", [(key,) for key in garbage.marks])
        db.executemany("DELETE FROM marks WHERE key = ?", [(f"asked:{key}",) for key in garbage.rows])
        db.execute("DELETE FROM marks WHERE key LIKE 'adopted:%'")
    for file in garbage.files:
        file.unlink(missing_ok=True)
    for shrink in ("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
        list(store.query(shrink))


def store_size(store: Store) -> int:
    """The bytes of the store's files."""
    files = (store.path.with_name(store.path.name + end) for end in ("", "-wal"))
    return sum(file.stat().st_size for file in files if file.exists())


def _is_provenance(path: str) -> bool:
    return path.startswith(("data/prepared/", "data/systems/")) and path.endswith(".rows.parquet")


def _locks(all_commits: bool) -> list[dict[str, str]]:
    """What dvc.lock names at the tip of each branch, tag and experiment, or in each of their commits.

    Nothing where no repository of git is. Errors: InputError `git-failed`.
    """
    if not any(os.path.lexists(folder / ".git") for folder in (Path.cwd(), *Path.cwd().parents)):
        return []
    walk = [] if all_commits else ["--no-walk"]
    commits = _git("rev-list", "--all", *walk).split()
    blobs = {blob for commit in commits for blob in _lock_blobs(commit)}
    locks = []
    for blob in sorted(blobs):
        with suppress(ValueError):  # committed as it was broken: it names nothing
            locks.append(dvc_files.outs(_git("cat-file", "blob", blob)))
    return locks


def _lock_blobs(commit: str) -> list[str]:
    """The digests by which git knows the dvc.lock of the root and of each experiment in `commit`."""
    listed = _git("ls-tree", "-r", commit, "--", dvc_files.LOCK, f"{dvc_files.EXPERIMENTS}/").splitlines()
    return [line.split()[2] for line in listed if Path(line.partition("\t")[2]).name == dvc_files.LOCK]


def _git(*arguments: str) -> str:
    """What git prints. Errors: InputError `git-failed`: what it would have named must not count as unused."""
    try:
        done = subprocess.run(["git", *arguments], capture_output=True, text=True)
        failed = done.returncode and (done.stderr.strip() or f"status {done.returncode}")
    except OSError as error:  # it is not installed
        failed = error.strerror
    if failed:
        what = f"git {arguments[0]}: {' '.join(failed.split())}"
        remedy = "mend what git says: without it nobody knows which rows other branches use"
        raise InputError("git-failed", what, where=str(Path.cwd()), remedy=remedy)
    return done.stdout
