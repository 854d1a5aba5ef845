"""The Parquet artifacts that stages exchange: one schema each, checked on every read and write.

Reads / Writes: `data/prepared/<preparation>/<artifact>.parquet`, one row an example, in the order of
`examples`. A file is written beside its place and renamed, so that a reader never sees half of one.
"""

from __future__ import annotations

import shutil
from array import array
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from mmner.base.atomic import atomic_write, os_errors_as_input_error
from mmner.base.errors import InputError
from mmner.rows.schemas import SCHEMAS, by_column, check_values, chunk, rerun, round_floats, row_group


class Writer:
    """Artifact `name` at `path`, written chunk by chunk: in place when the `with` block ends, and not if it fails.

    The file has row groups of `row_group(name)` rows, whatever the chunks are.
    A thread encodes and writes a group while its caller makes the next: vectors take as long to write as to look up.
    Errors: InputError `duplicate-id`, `artifact-schema` (a column is missing, unknown or of another type),
    `artifact-full`, `artifact-read-only`.
    """

    def __init__(self, path: str | Path, name: str, metadata: dict[str, str] | None = None):
        self.path, self.name, self.schema = Path(path), name, SCHEMAS[name].with_metadata(metadata or None)
        self._place = ExitStack()  # the temporary file, renamed as it closes
        self._seen = array("q")  # a hash of each id: 8 bytes a row; none of `rows`, whose ids are another artifact's
        self._rows = 0
        self._file: pq.ParquetWriter | None = None
        self._group = row_group(name)
        self._rest: pa.Table | None = None  # rows that are not yet a group
        self._thread = ThreadPoolExecutor(1)
        self._written: Future | None = None  # the group before, which may still be on its way

    def __enter__(self) -> Writer:
        with os_errors_as_input_error(self.path), ExitStack() as place:
            self._temporary = place.enter_context(atomic_write(self.path))
            self._file = pq.ParquetWriter(self._temporary, self.schema, **_encoding(self.name))
            self._place = place.pop_all()
        return self

    @property
    def rows(self) -> int:
        """How many it was given."""
        return self._rows

    def write(self, rows: Sequence[dict]) -> None:
        """Append `rows`, dicts with every column; floats are stored as they are.

        What the disk refuses of them is told at the next call, by `flush`, or where the block ends.
        """
        self.write_columns(by_column(rows, self.schema.names, where=str(self.path), first=self.rows))

    def write_columns(self, columns: dict[str, Sequence]) -> None:
        """Append rows as `write` does, from a list for each column of the schema."""
        if self.name != "rows":
            self._seen.extend(map(hash, columns["id"]))
        self._rows += len(columns["id"])
        arrays = {field.name: pa.array(columns[field.name], type=field.type) for field in self.schema}
        table = pa.table(arrays, schema=self.schema)
        self._rest = pa.concat_tables([self._rest, table]) if self._rest else table
        whole = len(self._rest) // self._group * self._group
        if whole:
            groups, self._rest = self._rest.slice(0, whole), self._rest.slice(whole)
            self._hand_over(groups)

    def flush(self) -> None:
        """Write all that was given, and wait until it is: what the disk refuses of it is told now. Errors: as above.

        Rows that are no group yet become one.
        """
        if self._rest is not None and (len(self._rest) or self._written is None):
            self._hand_over(self._rest)
        self._rest = None
        self._wait()

    def _hand_over(self, table: pa.Table) -> None:
        self._wait()
        self._written = self._thread.submit(self._write, table)

    def _write(self, table: pa.Table) -> None:
        # Else pages would end where chunks do, and the file's bytes depend on them.
        self._file.write_table(table.combine_chunks(), row_group_size=self._group)

    def _wait(self) -> None:
        with os_errors_as_input_error(self.path):
            if self._written:
                self._written.result()

    def __exit__(self, kind, error, trace) -> None:
        try:
            with os_errors_as_input_error(self.path), self._place:
                try:
                    self._wait() if error else self.flush()
                finally:
                    self._thread.shutdown()
                    self._file.close()
                if error:
                    raise error
                seen = np.asarray(self._seen)
                seen.sort()  # in place: a sorted copy would be the most memory that a stage of a million rows needs
                if (seen[1:] == seen[:-1]).any():
                    ids = pq.read_table(self._temporary, columns=["id"])["id"].to_pylist()
                    _unique(ids, str(self.path))
        except BaseException:
            if kind is None:  # else what went wrong before is the one to tell, as it will be
                raise


def copy(there: str | Path, here: str | Path) -> None:
    """The artifact `there` at `here`, as a file of its own. Errors: `artifact-full`, `artifact-read-only`."""
    with os_errors_as_input_error(Path(here)), atomic_write(Path(here)) as temporary:
        shutil.copyfile(there, temporary)


def write(path: str | Path, name: str, rows: Sequence[dict], metadata: dict[str, str] | None = None) -> None:
    """Write `rows` (dicts with every column of artifact `name`) to `path`, in the order given, floats rounded.

    Errors: those of Writer.
    """
    size = chunk(name)
    with Writer(path, name, metadata) as file:
        for first in range(0, max(len(rows), 1), size):  # by chunk: the whole would stand in memory three times
            part = rows[first : first + size]
            # A row's money is less than rounding would leave.
            file.write(part if name == "rows" else [round_floats(row) for row in part])


def _encoding(name: str) -> dict[str, Any]:
    """How columns are written. A dictionary of vectors' numbers saves a third of the space, at twice the time."""
    plain = {"use_dictionary": ["id", "error"], "write_statistics": ["id", "error"]} if name == "features" else {}
    return {"compression": "zstd", **plain}


def read_table(path: str | Path, name: str) -> pa.Table:
    """The table at `path`, checked against the schema of artifact `name`.

    Errors: InputError `missing-artifact`, `artifact-schema`, `artifact-value`, `duplicate-id`.
    """
    with _opened(path, name) as file:
        table = file.read()
    check_values(table, name, str(path))
    _unique(table["id"].to_pylist(), str(path))
    return table


def stream(path: str | Path, name: str, columns: Sequence[str] | None = None) -> Iterator[dict]:
    """The rows at `path` as dicts of `columns` (default: all), one after the other, a chunk of them in memory.

    Errors: those of `batches`.
    """
    for batch in batches(path, name, columns):
        yield from batch.to_pylist()


def batches(path: str | Path, name: str, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
    """The rows at `path` with `columns` (default: all) as Arrow has them, a chunk of them in memory.

    Errors: InputError `missing-artifact`, `artifact-schema`, `artifact-value`.
    """
    first = 0
    with _opened(path, name) as file:
        for number in range(file.num_row_groups):  # asked for all of them, Arrow holds on to what it has read
            for batch in file.iter_batches(chunk(name), row_groups=[number], columns=columns):
                check_values(batch, name, str(path), first)
                first += batch.num_rows
                yield batch


def uncompressed(path: str | Path, name: str, columns: Sequence[str]) -> int:
    """Bytes that `columns` at `path` take without compression. Errors: those of `count`."""
    with _opened(path, name) as file:
        groups = [file.metadata.row_group(number) for number in range(file.num_row_groups)]
        chunks = [group.column(number) for group in groups for number in range(group.num_columns)]
        return sum(one.total_uncompressed_size for one in chunks if one.path_in_schema.split(".")[0] in columns)


def count(path: str | Path, name: str) -> int:
    """How many rows artifact `name` at `path` has. Errors: those of `stream`."""
    with _opened(path, name) as file:
        return file.metadata.num_rows


@contextmanager
def _opened(path: str | Path, name: str) -> Iterator[pq.ParquetFile]:
    if not Path(path).is_file():
        raise InputError("missing-artifact", f"no {name} artifact here", where=str(path), remedy=rerun(name, path))
    try:
        with pq.ParquetFile(path) as file:
            _check(file.schema_arrow, name, str(path))
            yield file
    except (pa.ArrowException, OSError) as error:
        if getattr(error, "errno", None) is not None:  # the machine's fault, not the file's
            raise
        what = f"not a Parquet file, or a damaged one: {' '.join(str(error).split())}"
        raise InputError("artifact-schema", what, where=str(path), remedy=rerun(name, path)) from error


def _check(schema: pa.Schema, name: str, where: str) -> None:
    expected = SCHEMAS[name]
    present = {field.name: field.type for field in schema}
    for field in expected:
        if present.get(field.name) != field.type:
            what = f"column {field.name} should be {field.type}, is {present.get(field.name, 'missing')}"
            raise InputError("artifact-schema", what, where=where, remedy=rerun(name, where))
    if extra := sorted(set(present) - set(expected.names)):
        raise InputError("artifact-schema", f"unknown columns {extra}", where=where, remedy=rerun(name, where))


def read(path: str | Path, name: str) -> list[dict]:
    """The rows at `path` as dicts, checked against the schema of artifact `name`."""
    return read_table(path, name).to_pylist()


def arrays(name: str, value: dict) -> dict:
    """`value`, a row of artifact `name`, with its vectors as float32 arrays: read back, they are lists of floats."""
    if name != "features":
        return value

    def array(vector: list[float] | None) -> np.ndarray | None:
        return None if vector is None else np.array(vector, dtype=np.float32)

    lists = {column: value[column] and [*map(array, value[column])] for column in ("regions", "patches")}
    return {"image": array(value["image"]), **lists}


def read_aligned(folder: str | Path, names: Sequence[str]) -> dict[str, list[dict]]:
    """Artifacts `names` of one preparation folder; row i of each is about the same example.

    Errors: InputError `misaligned-artifacts`, with the first row that differs.
    """
    artifacts = {name: read(Path(folder) / f"{name}.parquet", name) for name in names}
    first, *others = artifacts
    ids = [row["id"] for row in artifacts[first]]
    for name in others:
        other = [row["id"] for row in artifacts[name]]
        if other != ids:
            row = next((i for i, pair in enumerate(zip(ids, other, strict=False)) if pair[0] != pair[1]), len(other))
            raise InputError(
                "misaligned-artifacts",
                f"{name} and {first} differ in their ids",
                where=f"{folder}/{name}.parquet: row {row}",
                remedy=rerun(name, f"{folder}/{name}.parquet"),
            )
    if "examples" in artifacts and "gold" in artifacts:
        for number, (example, gold) in enumerate(zip(artifacts["examples"], artifacts["gold"], strict=True)):
            for tags in (gold["tags"], gold["as_written"]):
                if tags is not None:
                    check_tags(example["tokens"], tags, f"{folder}/gold.parquet", f"row {number}")
    return artifacts


def check_tags(tokens: Sequence[str], tags: Sequence[str], path: str, row: str) -> None:
    """Errors: InputError `misaligned-artifacts` where an example has not as many tags as tokens.

    path: of gold. row: which one, in words.
    """
    if len(tags) != len(tokens):
        what = f"{len(tags)} tags of {len(tokens)} tokens"
        raise InputError("misaligned-artifacts", what, where=f"{path}: {row}", remedy=rerun("gold", path))


def labels(path: str | Path) -> list[str]:
    """The label inventory that `gold` carries in its Parquet metadata, in the order of params.yaml."""
    metadata = pq.read_schema(path).metadata or {}
    inventory = metadata.get(b"labels", b"").decode(errors="replace").split(" ")
    if "" in inventory or "\ufffd" in "".join(inventory):
        what = "gold carries no label inventory, or a damaged one"
        raise InputError("artifact-schema", what, where=str(path), remedy=rerun("gold", path))
    return inventory


def _unique(ids: list, where: str) -> None:
    if len(set(ids)) == len(ids):
        return
    seen = set()
    for number, value in enumerate(ids):
        if value in seen:
            remedy = "give every post an id of its own, and make the artifact again: dvc repro"
            raise InputError("duplicate-id", f"id {value} occurs twice", where=f"{where}: row {number}", remedy=remedy)
        seen.add(value)
