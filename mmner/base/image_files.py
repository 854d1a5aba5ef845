"""Image files of a corpus: where they are, whether they can be read, and their pixels.

Reads: files under the corpus's image folder. Writes: nothing.
"""

from __future__ import annotations

import errno
import hashlib
import io
import math
import os
import warnings
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from mmner.base.errors import InputError

if TYPE_CHECKING:
    from PIL.Image import Image

# No formats whose reader starts another program (EPS) or follows what the file says (WMF, FPX); JPEG's reads MPO too.
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF")
MAX_PIXELS = 64_000_000  # width x height; 192 MB as RGB


class ImageBroken(Exception):
    """An image that can't be had. `why`: details or "". `reason`: one of

    image missing, image empty: the file is not there, or holds nothing.
    image broken: its bytes can't be decoded, and never will be.
    image unreadable: the machine could not read it (no access, no memory, a failing disk), which says nothing of it.
    image changed: it is not the one that stage `examples` saw.
    """

    def __init__(self, reason: str, why: str = ""):
        self.reason, self.why = reason, why
        super().__init__(f"{reason}: {why}" if why else reason)

    @property
    def transient(self) -> bool:
        """Whether another attempt may fare better."""
        return self.reason != "image broken"

    def row_error(self, name: str) -> str:
        """What `examples.error` says of image `name`, such as "image broken: cat.jpg: truncated"."""
        return f"{self.reason}: {name}" + (f": {self.why}" if self.why else "")

    def as_input_error(self, name: str, where: str = "") -> InputError:
        """An image unreadable or changed, where it has to end the stage."""
        remedy = "then run the stage again: nothing that is finished is lost"
        return InputError(self.reason.replace(" ", "-"), f"{name}: {self.why}", where=where, remedy=remedy)


def resolve(folder: str | Path, name: str, where: str = "") -> Path:
    """The path of image `name` in `folder`, whether it exists or not. `where`: the file:line that names it.

    Errors: InputError `image-outside-folder` for an absolute name, one with `..`, and a link that leads
    neither into the folder nor to a file of DVC's cache.
    """
    return Path(Folder(folder).resolve(name, where))


class Folder:
    """The image folder at `path`, for those who have 100,000 images to name: each folder in it is read once."""

    def __init__(self, path: str | Path):
        self.path = str(path)
        self._known: dict[str, dict[str, bool] | None] = {}

    def resolve(self, name: str, where: str = "") -> str:
        """`resolve` as text."""
        inside, _, file = name.rpartition("/")
        path = f"{self.path}/{name}"
        outside = name.startswith("/") or file == ".." or "\0" in name or ".." in inside.split("/")
        if not outside:
            if inside not in self._known:
                self._known[inside] = self._read(inside)
            known = self._known[inside]
            outside = known is None or (_is_link(path, file, known) and not self._leads_inside(Path(path)))
        if outside:
            raise InputError(
                "image-outside-folder",
                f"image {name!r} is not in the image folder {self.path}",
                where=where,
                remedy="name images relative to the image folder, and copy files there instead of linking to them",
            )
        return path

    def _read(self, inside: str) -> dict[str, bool] | None:
        """The names in folder `inside`, and whether each is a link; None where it is itself a link to elsewhere."""
        place = Path(self.path, inside)
        if not self._leads_inside(place):
            return None
        try:
            with os.scandir(place) as entries:
                return {entry.name: entry.is_symlink() for entry in entries}
        except (OSError, ValueError):  # gone, or not to be listed: each name is looked at by itself
            return {}

    def _leads_inside(self, path: Path) -> bool:
        real = _follow(path)
        return any(real.is_relative_to(folder) for folder in self._allowed)

    @cached_property
    def _allowed(self) -> tuple[Path, Path]:
        """The folder, and the files of DVC's cache: with `cache.type symlink`, `dvc add` makes links to them."""
        from mmner.base.dvc_files import cache_folder

        return Path(self.path).resolve(), (cache_folder() / "files").resolve()


class Anywhere(Folder):
    """Images by their own paths, of a user who names files of this machine and no folder of a corpus."""

    def __init__(self) -> None:
        super().__init__("")

    def resolve(self, name: str, where: str = "") -> str:
        """`name`. Errors: InputError `image-outside-folder` where no file can be called so."""
        if "\0" in name:
            raise InputError("image-outside-folder", f"{name!r} is no path", where=where, remedy="name an image file")
        return name


def _is_link(path: str, file: str, known: dict[str, bool]) -> bool:
    """A name that was not listed may still reach a listed file: in other letters (case, surrogates for bytes)."""
    link = known.get(file)
    return os.path.islink(path) if link is None else link


def _follow(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):  # a link to itself, or a name that the file system can't have
        return path.parent.resolve() / path.name


def load(path: str | Path, sha256: str | None = None) -> Image:
    """The image at `path` as RGB, upright as its EXIF orientation says; transparent parts are white. Pixels alone: no
    comment, EXIF or profile of it.

    `sha256`: of the bytes that it must have; None: of any. Errors: ImageBroken; also for one of more pixels than Pillow
    opens (`inspect` was there before, with max_pixels).
    """
    content = read(path)
    if sha256 is not None and hashlib.sha256(content).hexdigest() != sha256:
        raise ImageBroken("image changed", "not the one that stage examples saw; run dvc repro, or put that one back")
    return _decoded(content)


def read(path: str | Path) -> bytes:
    """The bytes of the file at `path`. Errors: ImageBroken (missing, unreadable)."""
    try:
        if Path(path).is_file():  # a pipe would be waited for
            return Path(path).read_bytes()
    except (OSError, MemoryError) as error:
        if not isinstance(error, FileNotFoundError) and getattr(error, "errno", None) != errno.ENAMETOOLONG:
            raise failed(error) from error
    raise ImageBroken("image missing")


def examine(path: str | Path, name: str, max_pixels: int, where: str = "") -> tuple[str | None, ImageBroken | None]:
    """(sha256 of the bytes at `path`, why they are no image that `load` can read); of the two, both, one or none.

    name: of the image, where: the file:line that names it. Errors: InputError `decompression-bomb`.
    """
    digest = None
    try:
        content = read(path)
        digest = hashlib.sha256(content).hexdigest()
        inspect(content, name, max_pixels, where)
    except ImageBroken as error:
        return digest, error
    return digest, None


def inspect(content: bytes, name: str, max_pixels: int = MAX_PIXELS, where: str = "") -> None:
    """Check that `load` can read `content`, the bytes of image `name`. Arguments and errors: those of `check_size`."""
    check_size(content, name, max_pixels, where)
    _decoded(content)


def check_size(content: bytes, name: str, max_pixels: int = MAX_PIXELS, where: str = "") -> None:
    """Check what `content`, the bytes of image `name`, declares; no pixel is decoded. `where`: the file:line of `name`.

    Errors: ImageBroken; InputError `decompression-bomb` when it declares more than `max_pixels` pixels.
    """
    from PIL import Image

    try:
        with opened(content) as image:
            size = image.size
    except Image.DecompressionBombError:
        size = None
    except Exception as error:  # as in `_decoded`
        raise failed(error) from error
    if size is None or size[0] * size[1] > max_pixels:
        declared = f"{size[0]} x {size[1]} pixels" if size else "more pixels than Pillow opens"
        raise InputError(
            "decompression-bomb",
            f"{name} declares {declared}, more than max_pixels {max_pixels}",
            where=where,
            remedy="remove the file, or scale it down",
        )


def crop(image: Image, box: dict) -> Image:
    """What `box` ({x0, y0, x1, y1}, in 0..1) holds of `image`."""
    return image.crop(corners(box, *image.size))


def corners(box: dict, width: int, height: int) -> tuple[int, int, int, int]:
    """A box in 0..1 as pixels (left, top, right, bottom) within the image, at least one pixel wide and high."""
    left = min(max(math.floor(box["x0"] * width), 0), width - 1)
    top = min(max(math.floor(box["y0"] * height), 0), height - 1)
    right = max(min(math.ceil(box["x1"] * width), width), left + 1)
    bottom = max(min(math.ceil(box["y1"] * height), height), top + 1)
    return left, top, right, bottom


def _decoded(content: bytes) -> Image:
    from PIL import Image, ImageFile, ImageOps

    ImageFile.LOAD_TRUNCATED_IMAGES = False  # libraries switch it on for the whole process: lavis, as it is imported
    try:
        with opened(content) as image:
            image.load()
            upright = ImageOps.exif_transpose(image)
            if upright.mode in ("I", "F") or upright.mode.startswith("I;16"):
                upright = _grey(upright)
            if upright.has_transparency_data:
                white = Image.new("RGBA", upright.size, "white")
                upright = Image.alpha_composite(white, upright.convert("RGBA"))
            pixels = upright.convert("RGB")
            pixels.info.clear()  # Pillow writes comments into what is saved of it, and ends where they are too long
            return pixels
    except Exception as error:  # Pillow's decoders raise nearly anything on damaged bytes
        raise failed(error) from error


def _grey(image: Image) -> Image:
    """A grey image of more than 8 bits as one of 8: scaled, where Pillow's own conversion clips all above 255 to white.

    16 bits: by 257, so that the brightest of the type is white. Of 32 bits, integers and floats, nothing says what is
    white: values in 0..1 (floats), in 0..255 and in 0..65535 are taken for one of these, others go from their least,
    black, to their largest, white. Errors: ValueError where no value is a number.
    """
    import numpy as np
    from PIL import Image

    values = np.asarray(image).astype(np.float64)
    finite = np.isfinite(values)
    if not finite.any():
        raise ValueError("no value is a number")
    low, high = values[finite].min(), values[finite].max()
    if image.mode.startswith("I;16"):
        low, high = 0, 65535
    elif low >= 0 and high <= 65535:
        white = 1 if image.mode == "F" and high <= 1 else 255 if high <= 255 else 65535
        low, high = 0, white
    scaled = np.where(finite, (values - low) / max(high - low, 1e-300) * 255, 0)
    if isinstance(clear := image.info.get("transparency"), int):  # the value that PNG's tRNS makes transparent
        scaled = np.where(values == clear, 255, scaled)
    return Image.fromarray(np.rint(scaled).astype(np.uint8))


def opened(content: bytes):
    """The image that `content` is, its pixels not decoded yet. Errors: ImageBroken; Pillow's, which `failed` reads."""
    from PIL import Image

    if not content:
        raise ImageBroken("image empty")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of bombs and odd EXIF; size is checked here, EXIF not needed
        return Image.open(io.BytesIO(content), formats=FORMATS)


def failed(error: Exception) -> ImageBroken:
    """What `error` says: of the machine where it has an errno, which Pillow's about bytes have not, or of bytes."""
    if isinstance(error, ImageBroken):
        return error
    if isinstance(error, MemoryError) or "out of memory" in str(error):
        return ImageBroken("image unreadable", "out of memory; close other programs, or use a smaller batch_size")
    if isinstance(error, OSError) and error.errno is not None:
        return ImageBroken("image unreadable", f"{error.strerror}; mend that first")
    return ImageBroken("image broken", _why(error))


def _why(error: Exception) -> str:
    """What went wrong, without the path and memory addresses that some of Pillow's messages hold."""
    from PIL import UnidentifiedImageError

    if isinstance(error, UnidentifiedImageError):
        return "no image that we read"
    text = str(error).split("\n")[0]
    return text if text and " at 0x" not in text else type(error).__name__
