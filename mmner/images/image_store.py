"""A store of downloaded image files, each once, under the digest of its content.

It lies beside the row store: DVC deletes a stage's outs before it reruns the stage, and no image shall be downloaded
twice.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from mmner.base import image_files
from mmner.base.errors import InputError

FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
SUFFIXES = {
    "JPEG": ".jpg",
    "MPO": ".jpg",
    "PNG": ".png",
    "GIF": ".gif",
    "WEBP": ".webp",
}  # MPO: a JPEG of several views


class ImageStore:
    """Image files named by the SHA-256 of their bytes. `max_pixels`: width x height of the largest that is kept.

    `folder`: the folder above the store's own; None: a temporary one, which lasts as long as the object.
    """

    def __init__(self, folder: Path | None, max_pixels: int):
        self._temporary = tempfile.TemporaryDirectory(prefix="mmner-images-") if folder is None else None
        self.folder = Path(self._temporary.name) if self._temporary else folder / "images"
        self.max_pixels = max_pixels

    def put(self, content: bytes) -> str | None:
        """Store `content` and return its name; None where it is no readable image, or too large a one.

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
                raise error.as_input_error(name) from error
            return None
        except InputError:  # a decompression bomb
            return None
        self.folder.mkdir(parents=True, exist_ok=True)
        # Not `atomic_write`, which lists the folder: here are as many files as posts.
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
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            return SUFFIXES[image.format]
    except Exception:  # Pillow's readers raise nearly anything on damaged bytes
        return None
