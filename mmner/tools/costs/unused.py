"""Rows of the store that no artifact uses any more: which, how large, and dropping them.

An artifact uses the rows that its `.rows.parquet` names: those in the working tree, and those that a dvc.lock names and
DVC's cache holds, of the tip of each branch, tag and experiment, or of every commit.
"""

from __future__ import annotations

import hashlib
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mmner.base import dvc_files
from mmner.rows import parquet
from mmner.rows.store import Store, folder

DAY = 86_400  # seconds
KEPT = ("llm-b%", "asked:%", "adopted:%", "forgotten:%")
LOOKED_UP = " AND ".join(f"key NOT LIKE '{kind}'" for kind in KEPT)


@dataclass
class Used:
    """Fingerprints in use; of how many artifacts; and how many that dvc.lock names are not in the cache."""

    fingerprints: set[str]
    artifacts: int = 0
    absent: int = 0


@dataclass
class Unused:
    """What may go. `rows`, `marks`: keys. `size`: bytes of both. `files`: training states that were left behind, and
    the weights of taggers, with the bytes of each."""

    rows: list[str]
    marks: list[str]
    files: dict[Path, int]
    size: int = 0


def used(prepared: Path, all_commits: bool) -> Used:
    """What is in use in this clone. `all_commits`: in every commit, not just at the tips of branches."""
    files = {hashlib.md5(file.read_bytes()).hexdigest(): file for file in prepared.glob("*/*.rows.parquet")}
    locks = [Path("dvc.lock").read_text(encoding="utf-8")] if Path("dvc.lock").is_file() else []
    locked = {
        md5 for lock in locks + _locks(all_commits) for path, md5 in dvc_files.outs(lock).items() if _is_book(path)
    }
    files |= {md5: dvc_files.cache_path(md5) for md5 in locked if dvc_files.cache_path(md5).is_file()}
    absent = locked - set(files)
    found = Used(set(), len(files), len(absent))
    for file in files.values():
        found.fingerprints.update(row["fingerprint"] for row in parquet.stream(file, "rows", ["fingerprint"]))
    return found


def unused(store: Store, found: Used, keep_days: float, marks: bool) -> Unused:
    """What nobody uses and was made more than `keep_days` ago. `marks`: also what stages had looked up or asked."""
    before = time.time() - keep_days * DAY
    query = "SELECT fingerprint, length(coalesce(value, '')) + length(coalesce(vectors, '')) FROM rows WHERE made < ?"
    rows = {key: size for key, size in store.db.execute(query, (before,)) if key not in found.fingerprints}
    looked_up = {}
    if marks:
        query = f"SELECT key, length(value) FROM marks WHERE made < ? AND {LOOKED_UP}"
        looked_up = dict(store.db.execute(query, (before,)))
    files = {}
    for file in (*folder().glob("resume/*"), *folder().glob("taggers/*")):
        with suppress(FileNotFoundError):  # another process may be done with it
            stat = file.stat()
            if stat.st_mtime < before:
                files[file] = stat.st_size
    size = sum(rows.values()) + sum(looked_up.values())
    return Unused(list(rows), list(looked_up), files, size)


def drop(store: Store, chosen: Unused) -> None:
    """Delete what is `chosen`, and give the room back to the disk.

    Marks of adoption go too: a colleague's rows that are dropped here can be adopted from the cache again.
    """
    with store.writing() as db:
        db.executemany("DELETE FROM rows WHERE fingerprint = ?", [(key,) for key in chosen.rows])
        db.executemany("DELETE FROM marks WHERE key = ?", [(key,) for key in chosen.marks])
        db.executemany("DELETE FROM marks WHERE key = ?", [(f"asked:{key}",) for key in chosen.rows])
        db.execute("DELETE FROM marks WHERE key LIKE 'adopted:%'")
    for file in chosen.files:
        file.unlink(missing_ok=True)
    store.db.execute("VACUUM")
    store.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def size(store: Store) -> int:
    """Bytes that the store takes on the disk."""
    files = (store.path.with_name(store.path.name + end) for end in ("", "-wal"))
    return sum(file.stat().st_size for file in files if file.exists())


def _is_book(path: str) -> bool:
    return path.startswith("data/prepared/") and path.endswith(".rows.parquet")


def _locks(all_commits: bool) -> list[str]:
    """The dvc.lock of each branch, tag and experiment; of each of their commits where `all_commits`."""
    walk = [] if all_commits else ["--no-walk"]
    commits = _git("rev-list", "--all", *walk).split()
    blobs = {_git("rev-parse", "--quiet", "--verify", f"{commit}:./dvc.lock").strip() for commit in commits}
    return [_git("cat-file", "blob", blob) for blob in sorted(blobs - {""})]


def _git(*arguments: str) -> str:
    """What git prints; "" where it fails: no repository, or a commit without dvc.lock."""
    return subprocess.run(["git", *arguments], capture_output=True, text=True).stdout
