"""What a stage hands to its backend: one item an example, with what the artifacts before it say."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from mmner import artifacts, images, text
from mmner.errors import InputError
from mmner.images import ImageBroken
from mmner.rows import NO_IMAGE, Result


def build(
    examples: list[dict],
    raw: str | Path | None = None,
    images_folder: str | None = None,
    domain_cue: str | None = None,
    backend=None,
) -> list[dict]:
    """Items of `examples` (rows of that artifact), in their order.

    `images_folder`: relative to `raw`; without it items have no `image_path`. `index`: 0-based, within the split.
    `skip`: why `backend`, if it reads images, has nothing to do: "no image", or the example's own error; else None.
    Errors: InputError `image-outside-folder`.
    """
    folder = Path(raw) / images_folder if raw is not None and images_folder is not None else None
    reads_image = getattr(backend, "reads_image", False)
    met: Counter[str] = Counter()
    items = []
    for row in examples:
        image = row["image"]
        path = images.resolve(folder, image, row["source"]) if folder is not None and image else None
        item = {name: row[name] for name in ("id", "split", "tokens", "domain", "language", "image", "image_sha256")}
        item |= {
            "index": met[row["split"]],
            "sentence": text.sentence(row["tokens"], row["language"]),
            "domain_cue": domain_cue,
            "image_path": str(path) if path else None,
            "skip": _skip(row, path) if reads_image else None,
        }
        met[row["split"]] += 1
        items.append(item)
    return items


def _skip(row: dict, path: Path | None) -> str | None:
    if row["image"] is None:
        return NO_IMAGE
    if row["error"]:
        return row["error"]
    return None if path else f"image missing: {row['image']}"


def attach(items: list[dict], path: str | Path, name: str, *columns: str, backend=None) -> None:
    """Add `columns` of artifact `name` at `path` to `items`.

    `backend`: one that can't do without them, if it uses them: rows that have no value are skipped for their own
    error, so that "image missing: x.jpg" is said by every stage after it.
    Errors: InputError `misaligned-artifacts` when its rows are not about the same examples.
    """
    rows = artifacts.read(path, name)
    if len(rows) != len(items) or any(item["id"] != row["id"] for item, row in zip(items, rows, strict=True)):
        raise InputError(
            "misaligned-artifacts",
            f"{name} and examples differ in their ids",
            where=str(path),
            remedy=f"rerun the stage {name}",
        )
    for item, row in zip(items, rows, strict=True):
        item.update((column, row[column]) for column in columns)
        needed = [column for column in columns if column in getattr(backend, "uses", ())]
        if not item["skip"] and any(row[column] is None for column in needed):
            item["skip"] = row["error"] or f"no {name}"


def absolute(mapping: dict, raw: str | Path) -> dict:
    """A variant's `mapping` with its `file`, where it has one, counted from the corpus's folder `raw`."""
    return mapping | {"file": str(Path(raw) / mapping["file"])} if isinstance(mapping.get("file"), str) else mapping


def unreadable(item: dict, error: ImageBroken) -> Result:
    """The answer about an item whose image could not be read.

    Bytes that can't be decoded never can be; a file that is gone or empty since `examples` saw it may come back.
    """
    return Result(None, error.about(item["image"]), transient=error.reason != "image broken")
