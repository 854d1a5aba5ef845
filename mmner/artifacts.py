"""The Parquet artifacts that stages exchange: one schema each, checked on every read and write.

Reads / Writes: `data/prepared/<preparation>/<artifact>.parquet`, one row an example, in the order of
`examples`. A file is written beside its place and renamed, so that a reader never sees half of one.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from mmner.errors import InputError

STRING, INT32, INT64, FLOAT, BOOL = pa.string(), pa.int32(), pa.int64(), pa.float32(), pa.bool_()
DECIMALS = 4  # stored floats are rounded: noise below this must not change an artifact's bytes


def _list(**fields: pa.DataType) -> pa.DataType:
    return pa.list_(pa.struct(list(fields.items())))


BOX = pa.struct([("x0", FLOAT), ("y0", FLOAT), ("x1", FLOAT), ("y1", FLOAT)])
VECTOR = pa.list_(FLOAT)

_COLUMNS = {
    "examples": {
        "split": STRING,
        "domain": STRING,
        "language": STRING,
        "tokens": pa.list_(STRING),
        "image": STRING,
        "image_sha256": STRING,
        "source": STRING,
        "error": STRING,
    },
    "gold": {"tags": pa.list_(STRING)},
    "captions": {"caption": STRING, "error": STRING},
    "candidates": {"spans": _list(start=INT32, end=INT32, text=STRING, score=FLOAT), "error": STRING},
    "knowledge": {
        "facts": _list(
            candidate=STRING,
            title=STRING,
            summary=STRING,
            url=STRING,
            page=INT64,
            revision=INT64,
            relevance=FLOAT,
            kept=BOOL,
        ),
        "error": STRING,
    },
    "expressions": {"expressions": pa.list_(STRING), "error": STRING},
    "regions": {
        "regions": _list(expression=STRING, label=STRING, score=FLOAT, box=BOX),
        "error": STRING,
    },
    "chains": {"steps": _list(name=STRING, text=STRING), "error": STRING},
    "features": {
        "image": VECTOR,
        "regions": pa.list_(VECTOR),
        "patches": pa.list_(VECTOR),
        "error": STRING,
    },
    "predictions": {
        "tokens": pa.list_(STRING),
        "gold": pa.list_(STRING),
        "predicted": pa.list_(STRING),
        "confidence": VECTOR,
    },
    # What each row was computed from and what it cost; written beside the artifact, read by nobody downstream.
    "rows": {"fingerprint": STRING, "seconds": FLOAT, "tokens": INT64, "money": FLOAT},
}
SCHEMAS = {
    name: pa.schema([pa.field("id", STRING, nullable=False), *columns.items()]) for name, columns in _COLUMNS.items()
}


def round_floats(value):
    """`value` with every float in it, at any depth, rounded to DECIMALS; a float32 array stays one."""
    if isinstance(value, float):
        return round(value, DECIMALS)
    if isinstance(value, np.ndarray):
        return value.astype(np.float64).round(DECIMALS).astype(np.float32)
    if isinstance(value, dict):
        return {key: round_floats(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [round_floats(item) for item in value]
    return value


def write(path: str | Path, name: str, rows: Sequence[dict], metadata: dict[str, str] | None = None) -> None:
    """Write `rows` (dicts with every column of artifact `name`) to `path`, in the order given.

    Errors: InputError `duplicate-id`, `artifact-schema` (a column is missing, unknown or of another type).
    """
    schema = SCHEMAS[name]
    _unique([row.get("id") for row in rows], str(path))
    for number, row in enumerate(rows):
        if set(row) != set(schema.names):
            odd = sorted(set(row) ^ set(schema.names))
            raise InputError("artifact-schema", f"missing or unknown columns {odd}", where=f"{path}: row {number}")
    kept = round_floats if name != "rows" else lambda value: value  # a row's money is less than rounding would leave
    columns = {field.name: pa.array([kept(row[field.name]) for row in rows], type=field.type) for field in schema}
    table = pa.table(columns, schema=schema.with_metadata(metadata or None))
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        pq.write_table(table, temporary, compression="zstd")
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def read_table(path: str | Path, name: str) -> pa.Table:
    """The table at `path`, checked against the schema of artifact `name`.

    Errors: InputError `missing-artifact`, `artifact-schema`, `duplicate-id`.
    """
    remedy = f"make it with `dvc repro {name}`, or write it with mmner.artifacts.write"
    if not Path(path).is_file():
        raise InputError("missing-artifact", f"no {name} artifact here", where=str(path), remedy=remedy)
    try:
        table = pq.read_table(path)
    except pa.ArrowInvalid as error:
        raise InputError("artifact-schema", f"not a Parquet file: {error}", where=str(path), remedy=remedy) from error
    expected = SCHEMAS[name]
    found = {field.name: field.type for field in table.schema}
    for field in expected:
        if found.get(field.name) != field.type:
            what = f"column {field.name} should be {field.type}, is {found.get(field.name, 'missing')}"
            raise InputError("artifact-schema", what, where=str(path), remedy=remedy)
    if extra := sorted(set(found) - set(expected.names)):
        raise InputError("artifact-schema", f"unknown columns {extra}", where=str(path), remedy=remedy)
    _unique(table["id"].to_pylist(), str(path))
    return table


def read(path: str | Path, name: str) -> list[dict]:
    """The rows at `path` as dicts, checked against the schema of artifact `name`."""
    return read_table(path, name).to_pylist()


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
                remedy="rerun the stage that wrote it",
            )
    return artifacts


def labels(path: str | Path) -> list[str]:
    """The label inventory that `gold` carries in its Parquet metadata, in the order of params.yaml."""
    metadata = pq.read_schema(path).metadata or {}
    if b"labels" not in metadata:
        raise InputError("artifact-schema", "gold carries no label inventory", where=str(path), remedy="rerun examples")
    return metadata[b"labels"].decode().split(" ")


def _unique(ids: list, where: str) -> None:
    if len(set(ids)) == len(ids):
        return
    seen = set()
    for number, value in enumerate(ids):
        if value in seen:
            raise InputError("duplicate-id", f"id {value} occurs twice", where=f"{where}: row {number}")
        seen.add(value)
