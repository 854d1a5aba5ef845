"""Finished rows, kept beside DVC's cache so that nothing is computed or paid for twice.

Reads / Writes: `<folder of DVC's cache>/../mmner/rows.sqlite`, one entry a fingerprint. Worktrees and clones
that share a DVC cache share it; deleting it costs time, never a result.
"""

from __future__ import annotations

import base64
import configparser
import json
import os
import sqlite3
import zlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np


def folder() -> Path:
    """The store's folder: $MMNER_STORE, else `mmner` beside the DVC cache of the repository we are in."""
    return Path(os.environ.get("MMNER_STORE") or cache_folder().parent / "mmner")


def cache_folder() -> Path:
    """DVC's cache as .dvc/config.local or .dvc/config say (relative paths count from .dvc), else .dvc/cache.

    Read here rather than asked of DVC, whose import takes longer than most stages have rows to compute.
    """
    here = Path.cwd()
    dvc = next((place / ".dvc" for place in (here, *here.parents) if (place / ".dvc").is_dir()), here / ".dvc")
    for name in ("config.local", "config"):
        parser = configparser.ConfigParser(strict=False, interpolation=None)
        try:
            parser.read_string((dvc / name).read_text(encoding="utf-8"))
        except (OSError, configparser.Error):
            continue
        if parser.has_option("cache", "dir"):
            return (dvc / parser["cache"]["dir"].strip("'\" ")).resolve()
    return dvc / "cache"


class Store:
    """Rows by fingerprint. Each `put` is committed at once: a kill loses the batch in flight, no more."""

    def __init__(self, path: str | Path | None = None):
        path = Path(path) if path else folder() / "rows.sqlite"
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, timeout=60)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.execute("CREATE TABLE IF NOT EXISTS rows (fingerprint TEXT PRIMARY KEY, value BLOB NOT NULL)")

    def get(self, fingerprints: Iterable[str]) -> dict[str, dict]:
        """What is stored of `fingerprints`: {fingerprint: value}."""
        found = {}
        wanted = list(dict.fromkeys(fingerprints))
        for at in range(0, len(wanted), 500):
            part = wanted[at : at + 500]
            marks = ",".join("?" * len(part))
            query = f"SELECT fingerprint, value FROM rows WHERE fingerprint IN ({marks})"
            found.update((key, _unpack(blob)) for key, blob in self._db.execute(query, part))
        return found

    def put(self, values: dict[str, dict]) -> None:
        """Store `values`, JSON-able but for float32 arrays, by fingerprint; what is there already is kept as it is."""
        packed = [(key, _pack(value)) for key, value in values.items()]
        with self._db:
            self._db.executemany("INSERT OR IGNORE INTO rows VALUES (?, ?)", packed)

    def close(self) -> None:
        self._db.close()


def _pack(value: dict) -> bytes:
    def array(vector) -> dict:
        return {"float32": base64.b64encode(vector.astype("<f4").tobytes()).decode()}

    return zlib.compress(json.dumps(value, ensure_ascii=False, default=array).encode(), 1)


def _unpack(blob: bytes) -> dict:
    def array(found: dict):
        if set(found) != {"float32"}:
            return found
        return np.frombuffer(base64.b64decode(found["float32"]), "<f4")

    return json.loads(zlib.decompress(blob), object_hook=array)
