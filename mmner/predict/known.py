"""Predictions by their key, in DVC's cache: what a model said of a split before is read, not computed.

`predictions.parquet` holds its key in its metadata, and so does `grounded.parquet` beside it, which has the regions'
scores of a model that learnt grounding. Both are found by dvc.lock, of this commit or pulled from a colleague, else by
a mark `predicted:<key>` in the row store.
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
from mmner.base.paths import file_digest
from mmner.model import description
from mmner.model.params import Switches
from mmner.ner import iob
from mmner.networks import weights
from mmner.predict.tagging import Tagged
from mmner.rows import memo as memos
from mmner.rows import parquet
from mmner.rows.contract import Memo
from mmner.rows.schemas import DECIMALS
from mmner.rows.store import Store
from mmner.train import data, finished, history, versions
from mmner.train.key import add_posts
from mmner.train.params import SCRATCH, Run, Training

VERSION = 2  # of decoding and batching at prediction; the parts of the model have numbers of their own
KEY = b"key"  # in the metadata of both files
GROUNDED = "grounded.parquet"
TRAINING = ("loop", "warm_start")  # parts that a trained model no longer uses
NOT_READ = (description.FILE, finished.SHOTS, history.FILE)  # of a model's folder


_Md5 = Annotated[str, pydantic.Field(pattern="^[0-9a-f]{32}$")]
Learnt = dict[str, dict[tuple[int, int], list[float]]]  # id of a post -> `Tagged.regions`


class _Predicted(memos.Remembered):
    """md5: of predictions.parquet. grounded: of grounded.parquet."""

    md5: _Md5
    grounded: _Md5 | None = None


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
    regions: Learnt | None = None,
) -> tuple[list[dict], str]:
    """Rows of artifact `predictions` as `mmner.predict.apply` makes them, and their key: read where they are known.

    out: the path of the artifact, as dvc.lock names it. regions: gets, by id of a post, `Tagged.regions` of a model
    that learnt grounding; its predictions are known where these are, of every span that is an entity of gold now.
    """
    posts = predict.read(model, prepared, images)
    chosen = predict.splits(posts, splits)
    store = Store()
    key = prediction_key(model, posts, chosen, store)
    finished.sweep(store)  # here DVC has just put the model into its cache
    learnt = regions is not None and Switches.model_validate(description.read(model)["switches"]).grounding
    answered = [posts.rows[number] for of_split in chosen.values() for number in of_split]
    for file, grounded in _files(store, key, out, lock or lock_of(out)):
        rows = _read(file, "predictions", key)
        known = _regions(grounded, key, answered, rows) if learnt and rows else {}
        if rows and known is not None:
            print(f"evaluate: predictions of {len(rows)} posts are known", file=sys.stderr)
            answers = [_tagged(row) for row in rows]
            break
    else:
        answers = predict.compute(model, posts, chosen)
        known = {row["id"]: answer.regions for row, answer in zip(answered, answers, strict=True)}
    if learnt:
        regions |= known
    store.close()
    return predict.rows(posts, chosen, answers, prepared), key


def remember(key: str, file: Path) -> None:
    """Mark that the predictions of `key` are in `file`, and its regions beside it: DVC is about to cache both."""
    store, mark = Store(), f"predicted:{key}"
    found = {"md5": file_digest(file, "md5")}
    if (grounded := file.with_name(GROUNDED)).is_file():
        found["grounded"] = file_digest(grounded, "md5")
    with store.writing() as db:  # in place of an older one, whose gold was another and whose file may be gone
        db.execute("DELETE FROM marks WHERE key = ?", (mark,))
        db.execute("INSERT INTO marks VALUES (?, ?, ?)", (mark, json.dumps(found), time.time()))
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


def _files(store: Store, key: str, out: Path, lock: Path) -> Iterator[tuple[Path, Path | None]]:
    """Where the predictions of `key` may be, and the regions beside them."""
    known = locked_outs(lock)
    marks = memos.read(store, [f"predicted:{key}"], _Predicted)
    places = [(known.get(out.as_posix()), known.get(out.with_name(GROUNDED).as_posix()))]
    for md5, grounded in (*places, *((mark.md5, mark.grounded) for mark in marks.values())):
        if md5 and cache_path(md5).is_file():
            yield cache_path(md5), cache_path(grounded) if grounded else None


def _read(file: Path, artifact: str, key: str) -> list[dict] | None:
    """The rows of `file`, if it holds `artifact` of the predictions of `key`."""
    try:
        if (pq.read_schema(file).metadata or {}).get(KEY) != key.encode():
            return None
        return parquet.read(file, artifact)
    except (InputError, pa.ArrowInvalid):  # written by another version
        return None


def _regions(file: Path | None, key: str, posts: Sequence[dict], predicted: Sequence[dict]) -> Learnt | None:
    """`Tagged.regions` of each of `posts`, as `grounded` at `file` has them of the predictions of `key`; None where it
    lacks a span of theirs. predicted: the rows of `predictions`. Rows of one key are the same posts in one order, by
    whatever names.
    """
    if file is None or not file.is_file() or (rows := _read(file, "grounded", key)) is None:
        return None
    found: Learnt = {}
    for post, answer, row in zip(posts, predicted, rows, strict=True):
        found[post["id"]] = {
            (one["start"], one["end"]): [round(score, DECIMALS) for score in one["scores"]]
            for one in (*row["predicted"], *(row["gold"] or ()))
        }
        gold = iob.spans(post["as_written"] or post["tags"]) if post["boxes"] is not None else []
        if not {span[:2] for span in (*gold, *iob.spans(answer["predicted"]))} <= found[post["id"]].keys():
            return None
    return found
