"""What a stage hands to its backend: one Item an example, with what the artifacts before it say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmner.base import image_files
from mmner.base.errors import InputError
from mmner.base.image_files import ImageBroken
from mmner.ner import text
from mmner.rows import parquet, schemas
from mmner.rows.contract import NO_IMAGE, Backend, Item, Result
from mmner.rows.stages import DEFAULTS, Input, Stage

if TYPE_CHECKING:
    from PIL.Image import Image

FIELDS = ("id", "split", "tokens", "domain", "language", "image", "image_sha256")  # of an item, as the example has them
COLUMNS = (*FIELDS, "source", "error")  # of examples

Artifact = str | Path | Sequence[dict]  # where it lies, or its rows


class Inputs:
    """The items of a stage: as many as `examples` has rows, made each time that they are walked through.

    artifacts: `examples` and those that the stage reads, by name; of a file few rows are in memory at a time.
    settings: of the corpus, by name, as `stages.DEFAULTS` lists them. folder: of the corpus, for its images.
    anywhere: the posts belong to no corpus: nobody has tagged them, and their images are paths of their own.
    Errors, as they are read: those of `parquet.stream`, `build` and `join_column`.
    """

    def __init__(
        self,
        stage: Stage,
        backend: Backend,
        artifacts: Mapping[str, Artifact],
        settings: Mapping[str, Any] | None = None,
        folder: str | Path | None = None,
        *,
        anywhere: bool = False,
    ):
        self._anywhere = anywhere
        self._stage, self._backend, self._artifacts = stage, backend, artifacts
        self._settings = DEFAULTS | dict(settings or {})
        self._folder = folder

    def __len__(self) -> int:
        examples = self._artifacts["examples"]
        return parquet.count(examples, "examples") if isinstance(examples, str | Path) else len(examples)

    def __iter__(self) -> Iterator[Item]:
        examples = _rows(self._artifacts["examples"], "examples", COLUMNS)
        images = self._settings["images"] if self._stage.reads_images else None
        folder = Path(self._folder) / images if self._folder is not None and images is not None else None
        if self._anywhere and self._stage.reads_images:
            folder = image_files.Anywhere()
        cue = self._settings["domain_cue"] if "domain_cue" in self._stage.settings else None
        items = build(examples, self._backend, folder, cue, self._stage)
        for source in self._stage.inputs:
            if source.artifact != "gold" or (self._backend.reads_gold and not self._anywhere):
                items = join_column(items, source, self._artifacts[source.artifact], self._backend)
        if "labels" in self._stage.settings:
            labels = self._settings["labels"]
            items = (item | {"labels": labels} for item in items)
        return items


def build(
    examples: Iterable[dict],
    backend: Backend,
    folder: str | Path | image_files.Folder | None = None,
    domain_cue: str | None = None,
    stage: Stage | None = None,
) -> Iterator[Item]:
    """Items of `examples` (rows of that artifact), in their order.

    `folder`: of the images; without it items have no `image_path`. `skip`: why there is nothing to do, as `stage` says,
    or, where `backend` reads images: "no image", or the example's own error; else None.
    Errors: InputError `image-outside-folder`.
    """
    images = image_files.Folder(folder) if isinstance(folder, str | Path) else folder
    count: Counter[str] = Counter()
    for row in examples:
        path = images.resolve(row["image"], row["source"]) if images and row["image"] else None
        item: Item = {name: row[name] for name in FIELDS}
        item["index"] = count[row["split"]]
        item["sentence"] = text.sentence(row["tokens"], row["language"])
        item["domain_cue"] = domain_cue
        item["image_path"] = path
        item["skip"] = stage.skip(row) if stage and stage.skip else None
        if backend.reads_image and not item["skip"]:
            item["skip"] = _without_image(row, path)
        count[row["split"]] += 1
        yield item


def _without_image(row: dict, path: str | None) -> str | None:
    if row["image"] is None:
        return NO_IMAGE
    if row["error"]:
        return row["error"]
    return None if path else f"image missing: {row['image']}"


def join_column(items: Iterable[Item], source: Input, artifact: Artifact, backend: Backend) -> Iterator[Item]:
    """`items`, each with the field that `source` makes of its row in `artifact`.

    Where `source` is required and `backend` uses it, an item whose row has no value is skipped for that row's error.
    Errors: InputError `misaligned-artifacts` when the rows are not about the same examples.
    """
    required = source.required and source.field in backend.uses
    columns = ("id", source.column, *(["error"] if required else []))
    rows = _rows(artifact, source.artifact, columns)
    for item in items:
        row = next(rows, None)
        if row is None or row["id"] != item["id"]:
            raise _misaligned(artifact, source.artifact)
        value = row[source.column]
        if source.artifact == "gold":
            parquet.check_tags(item["tokens"], value, _place(artifact, "gold"), item["id"])
        joined: Item = item | {source.field: source.of(value) if source.of else value}
        if required and value is None and not item["skip"]:
            joined["skip"] = row["error"] or f"no {source.artifact}"
        yield joined
    if next(rows, None):
        raise _misaligned(artifact, source.artifact)


def _rows(artifact: Artifact, name: str, columns: Sequence[str]) -> Iterator[dict]:
    return parquet.stream(artifact, name, columns) if isinstance(artifact, str | Path) else iter(artifact)


def _misaligned(artifact: Artifact, name: str) -> InputError:
    what, where = f"{name} and examples differ in their ids", _place(artifact, name)
    return InputError("misaligned-artifacts", what, where=where, remedy=schemas.rerun(name, where))


def _place(artifact: Artifact, name: str) -> str:
    return str(artifact) if isinstance(artifact, str | Path) else name


def open_images(items: Sequence[Item]) -> Iterator[tuple[int, Image | Result]]:
    """(place in `items`, its image as RGB, or the answer about one that can't be had), one after the other."""
    for place, item in enumerate(items):
        try:
            yield place, image_files.load(item["image_path"], item["image_sha256"])
        except ImageBroken as error:
            yield place, unreadable(item, error)


def unreadable(item: Item, error: ImageBroken) -> Result:
    """The answer about an item whose image could not be read.

    Bytes that can't be decoded never can be; a file that is gone, empty or another one since `examples` saw it may come
    back, and the machine that could not read it may be mended.
    """
    return Result(None, error.row_error(item["image"]), transient=error.transient)
