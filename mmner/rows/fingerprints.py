"""What a row was computed from, as a digest; and what tells one content of a file from another."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from mmner.rows.contract import Backend


class Fingerprints:
    """item -> hex digest of everything that its row of `stage` is computed from: the stage, who `backend` is, and the
    fields of the item that it uses."""

    def __init__(self, stage: str, backend: Backend):
        self._begun = hashlib.sha256(_bytes(f'["{stage}", {_json(backend.identity())}, '))
        self._uses = tuple(backend.uses)

    def __call__(self, item: dict) -> str:
        digest = self._begun.copy()
        digest.update(_bytes(_json({name: item[name] for name in self._uses}) + "]"))
        return digest.hexdigest()


def fingerprint(stage: str, backend: Backend, item: dict) -> str:
    """The fingerprint of one row; `Fingerprints` is quicker about many."""
    return Fingerprints(stage, backend)(item)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


_json = json.JSONEncoder(sort_keys=True, ensure_ascii=False, default=str).encode


def file_key(kind: str, path: Path) -> str:
    """The key of a mark about the content of the file at `path`: path, size, times and inode.

    Two fine-tunings have equal sizes, and a copy may keep the time at which the content changed; the time at which
    the inode changed nobody can set.
    """
    stat = path.stat()
    place = f"{path.resolve()}\n{stat.st_size}\n{stat.st_mtime_ns}\n{stat.st_ctime_ns}\n{stat.st_ino}"
    return f"{kind} " + hashlib.sha256(place.encode("utf-8", "surrogateescape")).hexdigest()
