"""Images for workers that do not see the driver's disk: a file's bytes travel once a batch, as they are.

A worker asks for those of its batch that are not where their paths lead, and has them in a folder of its own until the
batch is answered. So nothing travels where machines share a disk, and no worker keeps more than a batch.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from mmner.base import image_files
from mmner.base.image_files import ImageBroken
from mmner.rows.contract import Item


def read(paths: Iterable[str]) -> dict[str, bytes]:
    """The driver's part: the bytes of those files at `paths` that can be read, by path."""
    found = {}
    for path in paths:
        try:
            found[path] = image_files.read(path)
        except ImageBroken:  # the worker's backend finds none either, and says so of the row
            continue
    return found


@contextmanager
def within_reach(items: Sequence[Item], fetch: Callable[[list[str]], dict[str, bytes]]) -> Iterator[list[Item]]:
    """The worker's part: within the block `items` with paths of images that are here. fetch: `read`, at the driver."""
    paths = dict.fromkeys(path for item in items if (path := item.get("image_path")))
    absent = [path for path in paths if not os.path.exists(path)]
    contents = fetch(absent) if absent else {}
    if not contents:
        yield [*items]
        return
    with tempfile.TemporaryDirectory(prefix="mmner-images-") as folder:
        here = {path: Path(folder, f"{number}{Path(path).suffix}") for number, path in enumerate(contents)}
        for path, content in contents.items():
            here[path].write_bytes(content)
        yield [
            item | {"image_path": str(here[path])} if (path := item.get("image_path")) in here else item
            for item in items
        ]
