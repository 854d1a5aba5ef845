"""Predictions by their key, in DVC's cache: what a model said of a split before is read, not computed.

`predictions.parquet` holds its key in its metadata. It is found by dvc.lock, of this commit or pulled from a colleague,
else by a mark `predicted:<key>` in the row store.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import pyarrow.parquet as pq
import pydantic

from mmner import predict
from mmner.base.dvc_files import cache_path, lock_of, locked_outs
from mmner.base.errors import InputError
from mmner.model import description
from mmner.model.params import Switches
from mmner.ner import iob
from mmner.networks import weights
from mmner.predict.tagging import Tagged
from mmner.rows import memo as memos
from mmner.rows import parquet
from mmner.rows.contract import Memo
from mmner.rows.store import Store
from mmner.train import data, finished, history, versions
from mmner.train.key import add_posts
from mmner.train.params import SCRATCH, Run, Training

VERSION = 2  # of decoding and batching at prediction; the parts of the model have numbers of their own
KEY = b"key"  # in the metadata of predictions.parquet
TRAINING = ("loop", "warm_start")  # parts that a trained model no longer uses
NOT_READ = (description.FILE, finished.SHOTS, history.FILE)  # of a model's folder


class _Predicted(memos.Remembered):
    md5: Annotated[str, pydantic.Field(pattern="^[0-9a-f]{32}$")]


def prediction_key(model: Path, posts: data.Rows, chosen: Mapping[str, Sequence[int]], memo: Memo | None = None) -> str:
    """Hex digest of what the predictions of the model in folder `model` for rows `chosen` of `posts`, by split, depend
    on.

    The model's own files are in it, not its key: trained on another machine, weights differ in their last digits.
    """
    about = description.read(model)
    run, params = _training(model, about)
    paths = sorted(path for path in model.rglob("*") if path.is_file())
    files = [path for path in paths if path.relative_to(model).as_posix() not in NOT_READ]
    parts = {
        "version": VERSION,
        "versions": {part: number for part, number in versions.used(run, params).items() if part not in TRAINING},
        "model": weights.digest(model, files, memo),
        "labels": about["labels"],
        "switches": run.switches.model_dump(mode="json", by_alias=True, exclude_defaults=True),
        "architecture": params.architecture.model_dump(mode="json", exclude_defaults=True, exclude={"encoder"}),
        "precision": params.precision,
        "batch_size": params.batch_size,
    }
    total = hashlib.sha256(json.dumps(parts, sort_keys=True).encode())
    for numbers in chosen.values():
        total.update(f"{len(numbers)}\n".encode())  # batches are made split by split
        add_posts(total, posts, numbers, run.switches, with_tags=False)
    return total.hexdigest()


def apply(
    model: Path,
    prepared: Path,
    splits: Sequence[str],
    images: Path | None,
    out: Path,
    lock: Path | None = None,
    regions: dict | None = None,
) -> tuple[list[dict], str]:
    """Rows of artifact `predictions` as `mmner.predict.apply` makes them, and their key: read where they are known.

    out: the path of the artifact, as dvc.lock names it. regions: gets, by id of a post, `Tagged.regions` of a model
    that learnt grounding; its predictions are then made anew, since the artifact does not hold these.
    """
    posts = predict.read(model, prepared, images)
    chosen = predict.splits(posts, splits)
    store = Store()
    key = prediction_key(model, posts, chosen, store)
    finished.sweep(store)  # here DVC has just put the model into its cache
    learnt = regions is not None and Switches.model_validate(description.read(model)["switches"]).grounding
    for file in () if learnt else _files(store, key, out, lock or lock_of(out)):
        if rows := _read(file, key):
            print(f"evaluate: predictions of {len(rows)} posts are known", file=sys.stderr)
            answers = [_tagged(row) for row in rows]
            break
    else:
        answers = predict.compute(model, posts, chosen)
        if learnt:
            numbers = [number for of_split in chosen.values() for number in of_split]
            ids = (posts.rows[number]["id"] for number in numbers)
            regions |= dict(zip(ids, (answer.regions for answer in answers), strict=True))
    store.close()
    return predict.rows(posts, chosen, answers, prepared), key


def remember(key: str, file: Path) -> None:
    """Mark that the predictions of `key` are in `file`, which DVC is about to put into its cache."""
    store, mark = Store(), f"predicted:{key}"
    with file.open("rb") as content:
        md5 = hashlib.file_digest(content, "md5").hexdigest()
    with store.writing() as db:  # in place of an older one, whose gold was another and whose file may be gone
        db.execute("DELETE FROM marks WHERE key = ?", (mark,))
        db.execute("INSERT INTO marks VALUES (?, ?, ?)", (mark, json.dumps({"md5": md5}), time.time()))
    store.close()


def _tagged(row: dict) -> Tagged:
    weights = {one["kind"]: one["weight"] for one in row["fusion"]}
    found = zip(iob.spans(row["predicted"]), row["scores"], strict=True)
    entities = [(start, end, label, score) for (start, end, label), score in found]
    return Tagged(row["predicted"], row["confidence"], entities, row["gate"], weights)


def _training(model: Path, about: dict) -> tuple[Run, Training]:
    training = about["training"]
    try:
        run = Run.model_validate({"from": SCRATCH} | training["run"])  # which a dump leaves out
        return run, Training.model_validate(training["training"])
    except (KeyError, TypeError, ValueError) as error:
        raise description.broken(model, f"{description.FILE}: training: {error}") from error


def _files(store: Store, key: str, out: Path, lock: Path) -> Iterator[Path]:
    """Where the predictions of `key` may be."""
    known = locked_outs(lock)
    marks = memos.read(store, [f"predicted:{key}"], _Predicted)
    for md5 in (known.get(out.as_posix()), *(mark.md5 for mark in marks.values())):
        if md5 and cache_path(md5).is_file():
            yield cache_path(md5)


def _read(file: Path, key: str) -> list[dict] | None:
    """The rows of `file`, if it holds the predictions of `key`."""
    try:
        if (pq.read_schema(file).metadata or {}).get(KEY) != key.encode():
            return None
        return parquet.read(file, "predictions")
    except (InputError, pa.ArrowInvalid):  # written by another version
        return None
