"""Downloaded image files, each once, by their content.

They lie beside the row store: DVC deletes a stage's outs before it reruns, and what was downloaded is not to be
downloaded again.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

from mmner.base import image_files
from mmner.base.errors import InputError
from mmner.rows import store

SUFFIXES = {"JPEG": ".jpg", "PNG": ".png", "GIF": ".gif", "WEBP": ".webp"}


class Shelf:
    """Image files named by the SHA-256 of their bytes. `max_pixels`: width x height of the largest that is kept."""

    def __init__(self, max_pixels: int):
        self.folder, self.max_pixels = store.folder() / "images", max_pixels

    def put(self, content: bytes) -> str | None:
        """The name under which `content` is kept; None where it is no image that can be read, or too large a one.

        Errors: InputError `image-unreadable`.
        """
        suffix = _suffix(content)
        if suffix is None:
            return None
        name = hashlib.sha256(content).hexdigest() + suffix
        if self.has(name):
            return name
        try:
            image_files.inspect(content, name, self.max_pixels)
        except image_files.ImageBroken as error:
            if error.reason == "image unreadable":
                raise error.told(name) from error
            return None
        except InputError:  # a decompression bomb
            return None
        self.folder.mkdir(parents=True, exist_ok=True)
        temporary = self.folder / f".{name}.{os.getpid()}.tmp"
        try:
            temporary.write_bytes(content)
            os.replace(temporary, self.folder / name)
        finally:
            temporary.unlink(missing_ok=True)
        return name

    def has(self, name: str) -> bool:
        return (self.folder / name).is_file()

    def copy(self, name: str, folder: Path) -> None:
        """Copy the file called `name` into `folder`."""
        shutil.copyfile(self.folder / name, folder / name)


def _suffix(content: bytes) -> str | None:
    import io

    from PIL import Image

    try:
        with Image.open(io.BytesIO(content), formats=tuple(SUFFIXES)) as image:
            return SUFFIXES[image.format]
    except Exception:  # Pillow's readers raise nearly anything on damaged bytes
        return None
