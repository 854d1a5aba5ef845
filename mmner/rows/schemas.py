"""The columns of each artifact, declared once; what they share: rounding, row groups, rows as columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mmner.base import project
from mmner.base.errors import InputError

STRING, INT32, INT64, FLOAT, BOOL = pa.string(), pa.int32(), pa.int64(), pa.float32(), pa.bool_()
SECTIONS = {"prepared": "preparations", "runs": "runs", "systems": "systems"}  # of params.yaml, by folder of data/
CHUNK = 1024  # rows that are held at a time
CHUNK_OF_VECTORS = 256  # of `features`: a row with a vector of each patch takes up to a megabyte
CHUNKS_A_GROUP = 4  # in a row group of a file: Arrow keeps 6 KB for each one until the file is closed
DECIMALS = 4  # stored floats are rounded: noise below this must not change an artifact's bytes


def _list(**fields: pa.DataType) -> pa.DataType:
    return pa.list_(pa.struct(list(fields.items())))


BOX = pa.struct([("x0", FLOAT), ("y0", FLOAT), ("x1", FLOAT), ("y1", FLOAT)])
VECTOR = pa.list_(FLOAT)
# An entity, its best region if there is any (box: one or none), and whether that counts; boxes: of gold; scores: how
# well each region of the post fits.
GROUNDED = _list(
    start=INT32,
    end=INT32,
    label=STRING,
    score=FLOAT,
    kept=BOOL,
    expression=STRING,
    box=pa.list_(BOX),
    boxes=pa.list_(BOX),
    scores=VECTOR,
)
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
    # as_written: the tags before any repair, their labels renamed; null where none was repaired.
    "gold": {"tags": pa.list_(STRING), "as_written": pa.list_(STRING)},
    # entities: those that can be seen in the image, each with all its boxes; null where the corpus names no boxes.
    "boxes": {"entities": _list(start=INT32, end=INT32, boxes=pa.list_(BOX))},
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
    # Beside the image: what it takes to name its author, and to see why it is this one.
    "images": {
        "image": STRING,
        "licence": STRING,
        "author": STRING,
        "url": STRING,
        "title": STRING,
        "found_by": STRING,
        "address": STRING,
        "error": STRING,
    },
    # Of a system, of the splits that are scored. tags: IOB2; unplaced: the labels of entities that no token can show.
    "tag": {"tags": pa.list_(STRING), "unplaced": pa.list_(STRING), "error": STRING},
    # Of the splits that are scored. scores: of each predicted entity, the probability of that whole span. gate, fusion:
    # what the model weighed. parts: which evidence the post has.
    "predictions": {
        "split": STRING,
        "tokens": pa.list_(STRING),
        "gold": pa.list_(STRING),
        "predicted": pa.list_(STRING),
        "confidence": VECTOR,
        "scores": VECTOR,
        "gate": FLOAT,
        "fusion": _list(kind=STRING, weight=FLOAT),
        "parts": pa.list_(STRING),
    },
    # Of the posts of `predictions`. gold: gold's own spans, null where the corpus names no boxes. The file's metadata
    # has the score from which on a region counts.
    "grounded": {"split": STRING, "predicted": GROUNDED, "gold": GROUNDED},
    # What each row was computed from and what it cost; written beside the artifact, read by nobody downstream.
    "rows": {"fingerprint": STRING, "seconds": FLOAT, "tokens": INT64, "money": FLOAT},
}
SCHEMAS = {
    name: pa.schema([pa.field("id", STRING, nullable=False), *columns.items()]) for name, columns in _COLUMNS.items()
}
# What every row has, beside its id. Others may be null: the row's error says why.
ALWAYS = {"examples": ("split", "domain", "language", "tokens"), "gold": ("tags",), "rows": ("fingerprint",)}
NULL_WITHIN = ("page", "revision", "expression")  # fields of a fact and a region that some backends don't have
SPLITS = ("train", "dev", "test")


def rerun(name: str, path: str | Path) -> str:
    """The remedy for artifact `name` at `path`: which stage makes it."""
    path = Path(path)
    stage = {
        "gold": "examples",
        "boxes": "examples",
        "predictions": "evaluate",
        "grounded": "evaluate",
        "rows": path.name.split(".")[0],
    }.get(name, name)
    section = SECTIONS.get(path.parent.parent.name)
    if section == "systems":
        stage = "tag"
    command = f"dvc repro {stage}" if section is None else project.repro(stage, path.parent.name, section)
    return f"make it with `{command}`, or write it with mmner.rows.parquet.write"


def check_values(rows: pa.Table | pa.RecordBatch, name: str, where: str, first: int = 0) -> None:
    """Check what of `rows` of artifact `name` must be there. `where`: their file. `first`: the first one's number.

    The vectors of features are not looked into here. Errors: InputError `artifact-value` with the first row that
    lacks it.
    """
    for column in rows.schema.names:
        values = rows[column]
        bad = None
        if column in ("id", *ALWAYS.get(name, ())) and values.null_count:
            bad = values.is_null()
        elif column == "split":
            bad = pc.invert(pc.is_in(values, pa.array(SPLITS)))
        elif (name, column) == ("examples", "tokens"):
            bad = pc.equal(pc.list_value_length(values), 0)
        row = -1 if bad is None else pc.index(bad, True).as_py()
        if row < 0 and name != "features" and _null_within(values):
            row = next(number for number in range(len(values)) if _null_within(values.slice(number, 1)))
        if row >= 0:
            what = f"{column} is {values[row].as_py()!r}, which no stage writes"
            raise InputError(
                "artifact-value", what[:500], where=f"{where}: row {first + row}", remedy=rerun(name, where)
            )


def _null_within(values: pa.Array | pa.ChunkedArray) -> bool:
    """Whether a list or a struct in `values` has a null in it, at any depth."""
    if pa.types.is_list(values.type):
        content = pc.list_flatten(values)
        return content.null_count > 0 or _null_within(content)
    if pa.types.is_struct(values.type):
        fields = zip(values.type, values.flatten(), strict=True)
        return any(
            (content.null_count > 0 and field.name not in NULL_WITHIN) or _null_within(content)
            for field, content in fields
        )
    return False


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


def chunk(name: str) -> int:
    """How many rows of artifact `name` are held at a time."""
    return CHUNK_OF_VECTORS if name == "features" else CHUNK


def row_group(name: str) -> int:
    """How many rows a row group of artifact `name` has."""
    return CHUNK_OF_VECTORS if name == "features" else CHUNKS_A_GROUP * CHUNK


def answer_columns(name: str) -> list[str]:
    """The columns of artifact `name` that a row's answer has: all but id and error."""
    return [column for column in SCHEMAS[name].names if column not in ("id", "error")]


def by_column(rows: Sequence[dict], names: Iterable[str], *, where: str, first: int = 0) -> dict[str, list]:
    """`rows` as columns, which have to be `names`. `where`: the file they are for. `first`: the first one's number.

    Errors: InputError `artifact-schema`.
    """
    wanted = set(names)
    for number, row in enumerate(rows, first):
        if row.keys() != wanted:
            odd = sorted(set(row) ^ wanted)
            what, remedy = f"missing or unknown columns {odd}", "let the backend's value have the stage's columns alone"
            raise InputError("artifact-schema", what, where=f"{where}: row {number}", remedy=remedy)
    return {name: [row[name] for row in rows] for name in wanted}
