"""Finished rows, kept with DVC's cache so that nothing is computed or paid for twice.

Reads / Writes: `rows.sqlite` in `folder()`. Worktrees, clones and users that share a DVC cache share it;
deleting it costs time, never a result. docs/architecture.md says why it is SQLite.

| table | one entry is | columns |
|---|---|---|
| rows | a stage's answer for one row | fingerprint, stage, value (JSON), vectors, error, seconds, tokens, money, made |
| marks | anything else worth remembering: an LLM's answer, an image's look, a file's digest | key, value (JSON), made |
| runs | the ledger's line of one run of a stage | see mmner/rows/ledger.py |

`seconds`, `tokens`, `money`: what the row cost. `made`: Unix time. `vectors`: the float32 arrays of `value`, as raw
little-endian bytes one after the other; in `value`, {"float32": [first, count]} stands where each was.
"""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from mmner.base import paths
from mmner.base.dvc_files import cache_folder, cache_is_shared
from mmner.base.errors import InputError
from mmner.rows.packing import Unpacker, pack

FILE = "rows.sqlite"
IN_MEMORY = ":memory:"  # the path of a store that nothing is left of
VERSION = 2  # of the tables, in the file's user_version
FEW = 100  # failed rows: fewer are read whole, more are looked for one by one
VARIABLES = 900  # of one query: SQLite before 3.32 takes 999
WAIT, PAUSE = 600, 0.02  # seconds: for which another process may hold the file; between two tries
TABLES = (
    "CREATE TABLE rows (fingerprint TEXT PRIMARY KEY, stage TEXT NOT NULL, value TEXT, vectors BLOB, error TEXT, "
    "seconds REAL NOT NULL, tokens INTEGER NOT NULL, money REAL NOT NULL, made REAL NOT NULL)",
    "CREATE TABLE marks (key TEXT PRIMARY KEY, value TEXT NOT NULL, made REAL NOT NULL)",
)
# Errors are asked for where a value's pages need not be read.
INDEX = "CREATE INDEX IF NOT EXISTS failed ON rows (fingerprint, error) WHERE error IS NOT NULL"
FAILED = "SELECT fingerprint, error FROM rows INDEXED BY failed WHERE error IS NOT NULL"
# Marks what a row cost that is about to be deleted, under a key of ledger.unbooked_key.
KEEP_COST = (
    "INSERT INTO marks SELECT 'unbooked:' || fingerprint || ':' || made, "
    "json_object('tokens', tokens, 'money', money), made FROM rows WHERE fingerprint = ? AND (tokens OR money)"
)


def folder() -> Path:
    """The store's folder: $MMNER_STORE, else .dvc/mmner, or `mmner` in the folder that DVC's `cache.dir` names.

    What is beside that folder may be on another disk than it. A store that was made there earlier stays in use.
    """
    if chosen := os.environ.get("MMNER_STORE"):
        return Path(paths.expanded(chosen))
    cache = cache_folder()
    beside = cache.parent / "mmner"
    return beside if cache.parent.name == ".dvc" or (beside / FILE).is_file() else cache / "mmner"


def let_group_write(path: Path, mode: int) -> None:
    """Give `path` DVC's `mode` for what is in a shared cache, where DVC shares its cache and `path` is ours."""
    if cache_is_shared() and (found := path.stat()).st_uid == os.geteuid() and stat.S_IMODE(found.st_mode) != mode:
        path.chmod(mode)


class Row(NamedTuple):
    """A stage's answer for one row, and what it cost. `value`: the artifact's columns but id and error."""

    value: dict[str, Any] | None
    error: str | None = None
    seconds: float = 0.0
    tokens: int = 0
    money: float = 0.0


class Store:
    """Rows by fingerprint, marks by key. What a call stores is committed when it returns: a kill loses the batch in
    flight, no more. Any number of processes may use one file; not over a network file system.

    Errors, of every method: InputError `store-full`, `store-read-only`, `store-busy`, `store-broken`, `store-newer`.
    """

    def __init__(self, path: str | Path | None = None, *, beside: Path | None = None, any_thread: bool = False):
        """path: None is the file in `folder()`. beside: where large files may lie, of a store in memory. any_thread:
        other threads than this one may use it, one at a time.
        """
        self.path = Path(path) if path else folder() / FILE
        in_memory = path == IN_MEMORY
        self.folder = beside if in_memory else self.path.parent
        with self._sqlite_errors_as_input_error():
            if not in_memory:
                self._make_folder()
            self.db = sqlite3.connect(self.path, timeout=WAIT, isolation_level=None, check_same_thread=not any_thread)
            self.db.execute("PRAGMA page_size=16384")  # of a new file: vectors have many pages' worth of bytes
            self._keep_wal()
            self.db.execute("PRAGMA synchronous=NORMAL")
            self._prepare()
            self.db.execute(INDEX)
            self.db.execute("SELECT key FROM marks LIMIT 0")  # the tables are there: told at once, not in the middle

    def rows(self, fingerprints: Iterable[str]) -> dict[str, Row]:
        """What is stored of `fingerprints`: {fingerprint: row}."""
        columns = "fingerprint, value, vectors, error, seconds, tokens, money"
        selected = self._select(f"SELECT {columns} FROM rows WHERE fingerprint IN", fingerprints)
        unpack = Unpacker()
        return {key: Row(unpack(value, vectors), *rest) for key, value, vectors, *rest in selected}

    def errors(self, fingerprints: Iterable[str]) -> dict[str, str | None]:
        """Those of `fingerprints` that are stored, each with its error, if it has one. No value is read."""
        wanted = set(fingerprints)
        found = self._select("SELECT fingerprint FROM rows WHERE fingerprint IN", wanted)
        stored = dict.fromkeys(key for (key,) in found)
        with self._sqlite_errors_as_input_error():
            first = self.db.execute(f"{FAILED} LIMIT {FEW}").fetchall()
        if len(first) < FEW:  # mostly these are all
            return stored | {key: error for key, error in first if key in wanted}
        return stored | dict(self._select(f"{FAILED} AND fingerprint IN", wanted))

    def add(
        self, stage: str, rows: dict[str, Row], booked: Iterable[str] = (), *, overwrite_errors: bool = False
    ) -> None:
        """Store `rows` of `stage` by fingerprint; what is there already is kept as it is.

        `booked`: keys of marks that are dropped with it, since these rows count what they held (mmner/llm/money.py).
        `overwrite_errors`: a value takes the place of an error that is there, whose cost a mark keeps.
        """
        now = time.time()
        # In the order of the index: of a large store each of its pages is then visited once, and not once a row.
        packed = [(key, stage, *pack(row.value), *row[1:], now) for key, row in sorted(rows.items())]
        overwritten = [(key,) for key, row in rows.items() if overwrite_errors and not row.error]
        with self.writing() as db:
            db.executemany(f"{KEEP_COST} AND error IS NOT NULL", overwritten)
            db.executemany("DELETE FROM rows WHERE fingerprint = ? AND error IS NOT NULL", overwritten)
            db.executemany("INSERT OR IGNORE INTO rows VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", packed)
            db.executemany("DELETE FROM marks WHERE key = ?", [(key,) for key in booked])

    def get(self, keys: Iterable[str]) -> dict[str, dict]:
        """What is marked under `keys`: {key: value}. A mark that is no JSON object is dropped, as if it never was."""
        selected = self._select("SELECT key, CAST(value AS BLOB) FROM marks WHERE key IN", keys)
        values = {key: _object(content) for key, content in selected}
        if broken := [key for key, value in values.items() if value is None]:
            self.forget(broken)
        return {key: value for key, value in values.items() if value is not None}

    def put(self, values: dict[str, dict]) -> None:
        """Mark `values`, JSON-able, by key; what is there already is kept as it is."""
        if not values:
            return
        now = time.time()
        packed = [(key, json.dumps(value, ensure_ascii=False), now) for key, value in values.items()]
        with self.writing() as db:
            db.executemany("INSERT OR IGNORE INTO marks VALUES (?, ?, ?)", packed)

    def forget(self, keys: Iterable[str]) -> None:
        """Drop the marks of `keys`."""
        with self.writing() as db:
            db.executemany("DELETE FROM marks WHERE key = ?", [(key,) for key in keys])

    def query(self, query: str, parameters: Sequence = ()) -> Iterator[tuple]:
        """What the database answers to `query`, for those who count and sum."""
        with self._sqlite_errors_as_input_error():
            yield from self.db.execute(query, parameters)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """The database within one transaction: all that is written in the block is stored, or nothing of it."""
        with self._sqlite_errors_as_input_error():
            self.db.execute("BEGIN IMMEDIATE")
            try:
                yield self.db
                self.db.execute("COMMIT")
            except BaseException:
                if self.db.in_transaction:
                    self.db.execute("ROLLBACK")
                raise

    def close(self) -> None:
        self.db.close()

    def limit(self, size: int) -> None:
        """Drop the oldest rows and marks until the file's content takes at most `size` bytes."""
        while True:
            page, pages, free = (
                self.db.execute(f"PRAGMA {name}").fetchone()[0]
                for name in ("page_size", "page_count", "freelist_count")
            )
            count = self.db.execute("SELECT count(*) FROM rows").fetchone()[0]
            if page * (pages - free) <= size or not count:
                return
            with self.writing() as db:
                old = "SELECT rowid FROM {0} ORDER BY made LIMIT max(1, (SELECT count(*) FROM {0}) / 5)"
                for table in ("rows", "marks"):
                    db.execute(f"DELETE FROM {table} WHERE rowid IN ({old.format(table)})")

    def _keep_wal(self) -> None:
        """Let SQLite write ahead, where the file system can. Of processes that make a file, it lets none wait."""
        until = time.monotonic() + WAIT
        while True:
            try:
                self.db.execute("PRAGMA journal_mode=WAL")
                return
            except sqlite3.OperationalError as error:
                if not error.sqlite_errorname.startswith("SQLITE_BUSY") or time.monotonic() > until:
                    raise
            time.sleep(PAUSE)

    def _make_folder(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if cache_is_shared():
                self._share()
        except OSError as error:
            raise _refusal(error, self.path) from error

    def _share(self) -> None:
        """Let the group write what is ours, with the modes that DVC gives to a shared cache.

        SQLite gives its -wal and -shm the mode of the file.
        """
        self.path.touch(0o664)
        let_group_write(self.folder, 0o2775)
        let_group_write(self.path, 0o664)

    def _select(self, query: str, keys: Iterable[str]) -> Iterator[tuple]:
        wanted = list(dict.fromkeys(keys))
        with self._sqlite_errors_as_input_error():
            for at in range(0, len(wanted), VARIABLES):
                part = wanted[at : at + VARIABLES]
                yield from self.db.execute(f"{query} ({','.join('?' * len(part))})", part)

    def _prepare(self) -> None:
        """Make the tables where there are none. Of two processes that start at once, one does it."""
        version = "PRAGMA user_version"
        if self.db.execute(version).fetchone()[0] == VERSION:
            return
        with self.writing() as db:
            stored = db.execute(version).fetchone()[0]
            if stored == VERSION:
                return
            where = str(self.path)
            if stored > VERSION:
                message = f"tables of version {stored}, of a newer mmner than this one"
                raise InputError("store-newer", message, where=where, remedy="update mmner, or set MMNER_STORE")
            if db.execute("SELECT name FROM sqlite_master WHERE name = 'rows'").fetchone():
                raise InputError("store-broken", "tables of no version", where=where, remedy=_moved_away(self.path))
            for table in TABLES:
                db.execute(table)
            db.execute(f"PRAGMA user_version = {VERSION}")

    @contextmanager
    def _sqlite_errors_as_input_error(self) -> Iterator[None]:
        """What SQLite refuses, as an InputError."""
        try:
            yield
        except sqlite3.Error as error:
            raise _refusal(error, self.path) from error


def _refusal(error: sqlite3.Error | OSError, path: Path) -> Exception:
    kept = "; the rows stored so far are kept"
    name = getattr(error, "sqlite_errorname", "") or type(error).__name__
    where = {"where": str(path)}
    if name.startswith("SQLITE_FULL") or getattr(error, "errno", None) == 28:
        return InputError("store-full", f"no space left on the disk{kept}", **where, remedy="make room, then run again")
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")) or isinstance(error, OSError):
        remedy = "give write access to this file and its folder, or set MMNER_STORE to a folder that has it"
        return InputError("store-read-only", f"cannot be written ({error}){kept}", **where, remedy=remedy)
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        remedy = "wait for the other process, or end it; then run again"
        return InputError("store-busy", f"another process has held it for {WAIT} s{kept}", **where, remedy=remedy)
    if name.startswith("SQLITE_IOERR"):
        remedy = "look at the disk: is it full, or gone? Then run again"
        return InputError("store-broken", f"it cannot be read or written ({name}){kept}", **where, remedy=remedy)
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        what = f"no SQLite file, or a damaged one ({error})"
        return InputError("store-broken", what, **where, remedy=_moved_away(path))
    if str(error).startswith(("no such table", "no such column")):
        return InputError("store-broken", f"not as this mmner made it ({error})", **where, remedy=_moved_away(path))
    return error


def _moved_away(path: Path) -> str:
    return (
        f"move {path.name}, {path.name}-wal and {path.name}-shm away, all that are there: their rows are then "
        "taken from artifacts in DVC's cache, or computed again"
    )


def _object(content: bytes) -> dict | None:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
