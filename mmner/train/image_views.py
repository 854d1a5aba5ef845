"""What the vision tower of a run looks at: the corpus's images, and the boxes that stage `regions` found in them.

Reads: examples, regions, image files.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from mmner.base import image_files
from mmner.base.errors import InputError
from mmner.model.params import Switches, Vision
from mmner.model.visuals import Views
from mmner.rows import parquet, schemas


def views(
    prepared: str | Path, examples: Sequence[dict], folder: str | Path | None, vision: Vision, switches: Switches
) -> list[Views]:
    """One an example (rows of that artifact). `folder`: of the images. No file is opened yet.

    An image that `examples` found broken, or that is no longer there, is none.
    Errors: InputError `misaligned-artifacts`, `image-outside-folder`.
    """
    path = Path(prepared) / "regions.parquet"
    region_rows = parquet.read(path, "regions") if switches.regions else [{"id": row["id"]} for row in examples]
    if [row["id"] for row in region_rows] != [row["id"] for row in examples]:
        what, remedy = "regions and examples differ in their ids", schemas.rerun("regions", path)
        raise InputError("misaligned-artifacts", what, where=str(path), remedy=remedy)
    resolve = image_files.Folder(folder).resolve if folder is not None else None
    result, missing = [], 0
    for row, regions in zip(examples, region_rows, strict=True):
        image = None
        if resolve and row["image"] is not None and not row["error"]:
            image = Path(resolve(row["image"], row["source"]))
            if not image.is_file():
                image, missing = None, missing + 1
        result.append(view(image, row, regions, vision, switches))
    if missing:
        print(f"WARNING: {missing} images are no longer in {folder}: their posts count as without", file=sys.stderr)
    return result


def view(path: Path | None, example: dict, regions: dict, vision: Vision, switches: Switches) -> Views:
    """What the tower sees of `example`, a row of that artifact, whose image is at `path`; regions: its row of those."""
    whole = switches.global_ or switches.vae or switches.patches
    boxes = tuple(region["box"] for region in (regions.get("regions") or [])[: vision.max_regions])
    return Views(path, boxes if path else (), whole, example["image_sha256"])
