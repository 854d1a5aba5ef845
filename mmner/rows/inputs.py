"""What a stage hands to its backend: one item an example, with what the artifacts before it say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from mmner.base import image_files, params
from mmner.base.errors import InputError
from mmner.base.image_files import ImageBroken
from mmner.ner import text
from mmner.rows import parquet
from mmner.rows.contract import NO_IMAGE, Result

FIELDS = ("id", "split", "tokens", "domain", "language", "image", "image_sha256")  # of an item, as the example has them


class Posts:
    """The items of a stage: as many as `examples` has rows, read each time that they are walked through, few at a time.

    Parameters: those of `build`, but for `examples`, the path of that artifact. Errors, as they are read: those of
    `artifacts.stream`, `build` and `attached`.
    """

    def __init__(self, examples: str | Path, raw=None, images_folder=None, domain_cue=None, backend=None):
        self._examples, self._steps = examples, []
        self._settings = raw, images_folder, domain_cue, backend

    def __len__(self) -> int:
        return parquet.count(self._examples, "examples")

    def __iter__(self) -> Iterator[dict]:
        columns = (*FIELDS, "source", "error")
        items = build(parquet.stream(self._examples, "examples", columns), *self._settings)
        for step in self._steps:
            items = step(items)
        return items

    def attach(self, path: str | Path, name: str, *columns: str, backend=None) -> None:
        """Give each item `columns` of artifact `name` at `path`, see `attached`."""
        self._steps.append(lambda items: attached(items, path, name, *columns, backend=backend))

    def derive(self, field: str, of: Callable[[dict], Any]) -> None:
        """Give each item `field`, which `of` makes of the item."""
        self._steps.append(lambda items: (item | {field: of(item)} for item in items))


def build(
    examples: Iterable[dict],
    raw: str | Path | None = None,
    images_folder: str | None = None,
    domain_cue: str | None = None,
    backend=None,
) -> Iterator[dict]:
    """Items of `examples` (rows of that artifact), in their order.

    `images_folder`: relative to `raw`; without it items have no `image_path`. `index`: 0-based, within the split.
    `skip`: why `backend`, if it reads images, has nothing to do: "no image", or the example's own error; else None.
    Errors: InputError `image-outside-folder`.
    """
    folder = image_files.Folder(Path(raw) / images_folder) if raw is not None and images_folder is not None else None
    reads_image = getattr(backend, "reads_image", False)
    met: Counter[str] = Counter()
    for row in examples:
        image = row["image"]
        path = folder.place(image, row["source"]) if folder and image else None
        item = {name: row[name] for name in FIELDS}
        item["index"] = met[row["split"]]
        item["sentence"] = text.sentence(row["tokens"], row["language"])
        item["domain_cue"] = domain_cue
        item["image_path"] = path
        item["skip"] = _skip(row, path) if reads_image else None
        met[row["split"]] += 1
        yield item


def _skip(row: dict, path: str | None) -> str | None:
    if row["image"] is None:
        return NO_IMAGE
    if row["error"]:
        return row["error"]
    return None if path else f"image missing: {row['image']}"


def attached(items: Iterable[dict], path: str | Path, name: str, *columns: str, backend=None) -> Iterator[dict]:
    """`items` with `columns` of artifact `name` at `path`.

    `backend`: one that can't do without them, if it uses them: rows that have no value are skipped for their own
    error, so that "image missing: x.jpg" is said by every stage after it.
    Errors: InputError `misaligned-artifacts` when its rows are not about the same examples.
    """
    needed = [column for column in columns if column in getattr(backend, "uses", ())]
    rows = parquet.stream(path, name, ("id", *columns, *(["error"] if needed else [])))
    for item in items:
        row = next(rows, None)
        if row is None or row["id"] != item["id"]:
            raise _misaligned(path, name)
        for column in columns:
            item[column] = row[column]
        if needed and not item["skip"] and any(row[column] is None for column in needed):
            item["skip"] = row["error"] or f"no {name}"
        yield item
    if next(rows, None):
        raise _misaligned(path, name)


def _misaligned(path: str | Path, name: str) -> InputError:
    what, remedy = f"{name} and examples differ in their ids", f"rerun the stage {name}"
    return InputError("misaligned-artifacts", what, where=str(path), remedy=remedy)


def absolute(mapping: dict, raw: str | Path) -> dict:
    """A variant's `mapping` with its `file`, where it has one, counted from the corpus's folder `raw`.

    Errors: InputError `outside-corpus` where it leads out of that folder.
    """
    if not isinstance(mapping.get("file"), str):
        return mapping
    try:
        file = params.inside(mapping["file"])
    except ValueError as error:
        raise InputError("outside-corpus", str(error), where="params.yaml", remedy="copy it, and name that") from error
    return mapping | {"file": str(Path(raw) / file)}


def unreadable(item: dict, error: ImageBroken) -> Result:
    """The answer about an item whose image could not be read.

    Bytes that can't be decoded never can be; a file that is gone, empty or another one since `examples` saw it may come
    back, and the machine that could not read it may be mended.
    """
    return Result(None, error.about(item["image"]), transient=error.passing)
