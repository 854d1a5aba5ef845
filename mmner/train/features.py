"""The vectors of a preparation's features: in memory where they are few, else in a file beside the row store.

Reads: `features.parquet`. Writes: `vectors/<digest>` in the store's folder, see `mmner.model.vector_file`.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from mmner.base.atomic import atomic_write
from mmner.base.errors import InputError
from mmner.base.paths import file_digest
from mmner.model import vector_file
from mmner.model.params import Switches
from mmner.model.vector_file import StoredVisual, VectorFile
from mmner.model.visuals import Visual
from mmner.rows import parquet, schemas
from mmner.rows.store import folder, let_group_write

IN_MEMORY = 64 * 2**20  # bytes of Parquet, uncompressed, up to which a file would save nothing worth it
MAX_BYTES = 20 * 10**9  # that the files of vectors may take together

Chunks = Iterator[pa.RecordBatch]


def read(path: Path, ids: Sequence[str], switches: Switches) -> tuple[Sequence[Visual | StoredVisual], int]:
    """What a run with `switches` uses of the features at `path`, by example, and their width v.

    A run without any visual part does not open the file.
    Errors: InputError `misaligned-artifacts` unless the file's ids are `ids`, `artifact-value`; those of `parquet`.
    """
    if not switches.visual:
        nothing = np.zeros((0, 1), np.float32)
        return [Visual(None, nothing, nothing)] * len(ids), 1
    columns = ["id", "image", *(name for name in ("regions", "patches") if getattr(switches, name))]
    if parquet.uncompressed(path, "features", columns) > IN_MEMORY:
        stored = _stored(path, ids, columns)
        if stored is not None:
            return [StoredVisual(stored, number) for number in range(len(stored))], stored.width
    chunks = list(parquet.batches(path, "features", columns))
    _check_ids(path, ids, chunks)
    width = _width(chunks)
    return [visual for part in _visuals(path, chunks, width) for visual in part], width


def _stored(path: Path, ids: Sequence[str], columns: list[str]) -> VectorFile | None:
    """The file with the vectors of `columns` at `path`, made where it is not there; None where it can't be."""
    _check_ids(path, ids, parquet.batches(path, "features", ["id"]))
    about = json.dumps([file_digest(path), columns])
    place = folder() / "vectors" / hashlib.sha256(about.encode()).hexdigest()
    stored = vector_file.opened(place)
    if stored is not None:
        with contextlib.suppress(OSError):  # another's, in a store that is shared
            os.utime(place)
        return stored
    width = _width(parquet.batches(path, "features", ["image"]))
    try:
        with atomic_write(place) as temporary, temporary.open("wb") as file:
            vector_file.write(file, width, _visuals(path, parquet.batches(path, "features", columns), width))
    except OSError as error:
        print(f"features: all vectors are held in memory, since {place} can't be written: {error}", file=sys.stderr)
        return None
    stored = vector_file.opened(place)
    with contextlib.suppress(OSError):  # another process may be at it, too
        let_group_write(place.parent, 0o2775)
        _limit_size(place.parent)
    return stored


def _limit_size(vectors: Path) -> None:
    """Delete the least recently used files in folder `vectors` beyond MAX_BYTES; who has one open reads on."""
    files = sorted(((file.stat(), file) for file in vectors.iterdir()), key=lambda entry: -entry[0].st_mtime)
    total = 0
    for stat, file in files:
        total += stat.st_size
        if total > MAX_BYTES:
            file.unlink(missing_ok=True)


def _check_ids(path: Path, ids: Sequence[str], chunks: Sequence[pa.RecordBatch] | Chunks) -> None:
    """Errors: InputError `misaligned-artifacts`."""
    if [name for chunk in chunks for name in chunk["id"].to_pylist()] != ids:
        what, remedy = "features and examples differ in their ids", schemas.rerun("features", path)
        raise InputError("misaligned-artifacts", what, where=str(path), remedy=remedy)


def _width(chunks: Sequence[pa.RecordBatch] | Chunks) -> int:
    """The numbers of most images' vectors; 1 where there is none."""
    sizes = Counter(len(vector) for chunk in chunks for vector in _vectors(chunk["image"]) if vector is not None)
    return sizes.most_common(1)[0][0] if sizes else 1


def _visuals(path: Path, chunks: Sequence[pa.RecordBatch] | Chunks, width: int) -> Iterator[list[Visual]]:
    """The posts of each of `chunks`. Errors: InputError `artifact-value`, see `_check_vectors`."""
    first = 0
    for chunk in chunks:
        for name in ("image", *({"regions", "patches"} & set(chunk.schema.names))):
            _check_vectors(path, name, chunk[name], width, first)
        first += chunk.num_rows
        stacks = [
            _stacks(chunk[name], width)
            if name in chunk.schema.names
            else [np.zeros((0, width), np.float32)] * chunk.num_rows
            for name in ("regions", "patches")
        ]
        yield [Visual(*parts) for parts in zip(_vectors(chunk["image"]), *stacks, strict=True)]


def _check_vectors(path: Path, name: str, column: pa.Array, width: int, first: int) -> None:
    """Errors: InputError `artifact-value` with the first row of features that has a vector which is not `width` finite
    numbers. first: the number of the column's first row."""
    values, offsets = _lists(column)
    vectors = column if name == "image" else values
    numbers, bounds = _lists(vectors)
    sizes = np.diff(bounds)
    odd = (sizes != width) | (width == 0)
    if name == "image":
        odd &= column.is_valid().to_numpy(zero_copy_only=False)
    numbers = numbers.to_numpy(zero_copy_only=False)  # nulls are NaN
    if len(numbers) and not np.isfinite([numbers.min(), numbers.max()]).all():
        odd |= [vector is not None and not np.isfinite(vector).all() for vector in _vectors(vectors)]
    if not odd.any():
        return
    worst = int(odd.argmax())
    row = worst if name == "image" else int(np.searchsorted(offsets, worst, "right")) - 1
    what = f"{name} has a vector of {sizes[worst]} numbers, most images have {width}"
    if sizes[worst] == width:
        what = f"{name} has a vector with a number that is none" if width else f"{name} has an empty vector"
    where, remedy = f"{path}: row {first + row}", schemas.rerun("features", path)
    raise InputError("artifact-value", what, where=where, remedy=remedy)


def _lists(column: pa.Array) -> tuple[pa.Array, np.ndarray]:
    """(values, offsets) of list<any>: those of its own rows, where it is a part of a longer one."""
    offsets = column.offsets.to_numpy()
    return column.values.slice(offsets[0], offsets[-1] - offsets[0]), offsets - offsets[0]


def _vectors(column: pa.Array) -> list[np.ndarray | None]:
    """list<float> -> one float32 array a row, None where null; views on Arrow's memory, no copy a number."""
    values, offsets = _lists(column)
    values, valid = values.to_numpy(zero_copy_only=False), column.is_valid().to_numpy(zero_copy_only=False)
    return [values[offsets[i] : offsets[i + 1]] if valid[i] else None for i in range(len(column))]


def _stacks(column: pa.Array, width: int) -> list[np.ndarray]:
    """list<list<float>> -> one float32 array (k, v) a row; (0, v) where null."""
    nothing = np.zeros((0, width), np.float32)
    values, offsets = _lists(column)
    vectors, valid = _vectors(values), column.is_valid().to_numpy(zero_copy_only=False)
    return [
        np.stack(vectors[offsets[i] : offsets[i + 1]]) if valid[i] and offsets[i + 1] > offsets[i] else nothing
        for i in range(len(column))
    ]
