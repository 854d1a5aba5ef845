"""The images that posts name, found and copied."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import shutil
from pathlib import Path, PurePosixPath

from mmner.base.errors import InputError

UPLOADED = re.compile(r"^[0-9a-f]{8}-")  # which Label Studio puts before the name of an uploaded file
DATA = re.compile(r"data:image/[\w.+-]+;base64,", re.IGNORECASE)
SUFFIXES = {".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp", ".tif", ".tiff"}
BEGINNINGS = {b"\xff\xd8": ".jpg", b"\x89PNG": ".png", b"GIF8": ".gif", b"BM": ".bmp", b"II*": ".tif", b"MM": ".tif"}


def is_image(path: Path) -> bool:
    """Whether there is an image at `path`, by its suffix or by how it begins."""
    if not path.is_file() or path.suffix.lower() in SUFFIXES:
        return path.is_file()
    try:
        with path.open("rb") as file:
            return bool(_suffix(file.read(12)))
    except OSError:
        return False


def _suffix(image: bytes) -> str:
    """The suffix of the file that begins with `image`; "" where that is no image."""
    found = next((suffix for start, suffix in BEGINNINGS.items() if image.startswith(start)), "")
    return ".webp" if image[8:12] == b"WEBP" else found


class Images:
    """Copies what posts name into the folder `into`. Errors: InputError `no-images` where `folder` is none.

    folder: where they are; None: beside the files, in `beside`, by the very paths that posts name.
    """

    def __init__(self, folder: Path | None, beside: Path):
        if folder is not None and not folder.is_dir():
            raise InputError("no-images", "no such folder", where=str(folder), remedy="correct --images")
        self.folder, self.beside = folder, beside
        self.into = Path()
        self.copied: set[str] = set()
        self._missing: dict[str, None] = {}

    def name(self, image: str | bytes) -> str:
        """The name of `image` in the folder `into`, one that an image there may have also where it was not found."""
        if isinstance(image, str) and DATA.match(image):
            try:
                image = base64.b64decode(image.partition(",")[2], validate=True)
            except binascii.Error:
                return self._lost("data:image")
        if isinstance(image, bytes):
            name = hashlib.sha256(image).hexdigest()[:32] + _suffix(image)
            self._place(name).write_bytes(image)
            return name
        found = self._found(image)
        if found is None:
            return self._lost(image)
        path, name = found
        if name not in self.copied:
            shutil.copyfile(path, self._place(name))
        return name

    def notes(self) -> list[str]:
        """What to know of those that were not found. Errors: InputError `no-images` where that is all of them."""
        if not self._missing:
            return []
        if self.folder is not None and not self.copied:
            what = f"none of the {len(self._missing)} images that posts name, such as {next(iter(self._missing))}"
            raise InputError("no-images", what, where=str(self.folder), remedy="correct --images, or leave it out")
        where = f"{self.folder or self.beside}" + ("" if self.folder else "; --images FOLDER says where they are")
        first = next(iter(self._missing))
        return [f"images: {len(self._missing)} that posts name, such as {first}, are not in {where}"]

    def _lost(self, name: str) -> str:
        self._missing[name] = None
        return "/".join(_parts(name)) or "missing"

    def _place(self, name: str) -> Path:
        self.copied.add(name)
        path = self.into / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def _found(self, image: str) -> tuple[Path, str] | None:
        """(path, its name): by the path that the post names, then by less and less of it."""
        if not (parts := _parts(image)):
            return None
        if self.folder is None:
            path = self.beside.joinpath(*parts)
            return (path, "/".join(parts)) if path.is_file() and not Path(image).is_absolute() else None
        tails = ["/".join(parts[at:]) for at in range(len(parts))]
        for tail in (*tails, UPLOADED.sub("", parts[-1])):
            if (self.folder / tail).is_file():
                return self.folder / tail, tail
        return None


def _parts(image: str) -> list[str]:
    """The parts of the path `image`, without what would lead out of a folder."""
    return [part for part in PurePosixPath(image.replace("\\", "/")).parts if part not in ("/", "//", ".", "..")]
