"""The size of an image file, as it is seen."""

from __future__ import annotations

from pathlib import Path

from mmner.base import image_files

ORIENTATION, TURNED = 0x0112, (5, 6, 7, 8)  # EXIF's tag, and its values by which width and height change places


def size(path: str | Path) -> tuple[int, int]:
    """(width, height) of the image at `path`, upright as `image_files.load` gives it; no pixel is decoded.

    Errors: ImageBroken.
    """
    try:
        with image_files.opened(image_files.read(path)) as image:
            # Of a TIFF, Pillow's size is the upright one.
            turned = image.format != "TIFF" and image.getexif().get(ORIENTATION, 1) in TURNED
            return image.size[::-1] if turned else image.size
    except Exception as error:  # Pillow raises nearly anything on damaged bytes
        raise image_files.failed(error) from error
