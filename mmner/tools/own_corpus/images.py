"""The images that posts name, found and copied."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
from pathlib import Path, PurePosixPath

from mmner.base.errors import InputError
from mmner.corpus.annotations.posts import path_of
from mmner.corpus.image_names import SUFFIXES

UPLOADED = re.compile(r"^[0-9a-f]{8}-")  # which Label Studio puts before the name of an uploaded file
DATA = re.compile(r"data:image/[\w.+-]+;base64,", re.IGNORECASE)
BEGINNINGS = {b"\xff\xd8\xff": ".jpg", b"\x89PNG": ".png", b"GIF8": ".gif"}
BEGINNINGS |= dict.fromkeys((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"), ".tif")
BMP_HEADERS = {12, 16, 40, 52, 56, 64, 108, 124}  # bytes
BEGINNING = 18  # bytes that show what a file is


def is_image(path: Path) -> bool:
    """Whether there is an image at `path`, by its suffix or by how it begins."""
    if not os.path.isfile(path) or path.suffix.lower() in SUFFIXES:
        return os.path.isfile(path)
    try:
        with path.open("rb") as file:
            return bool(_suffix(file.read(BEGINNING)))
    except OSError:
        return False


def _suffix(image: bytes) -> str:
    """The suffix of the file that begins with `image`; "" where that is no image."""
    if image[:2] == b"BM" and int.from_bytes(image[14:18], "little") in BMP_HEADERS:
        return ".bmp"
    found = next((suffix for start, suffix in BEGINNINGS.items() if image.startswith(start)), "")
    return ".webp" if image[:4] == b"RIFF" and image[8:12] == b"WEBP" else found


class Images:
    """Copies what posts name into the folder `into`. Errors: InputError `no-images` where `folder` is none.

    folder: where they are; None: in `root`, beside the files that name them, by the very paths that posts name.
    """

    def __init__(self, folder: Path | None, root: Path):
        if folder is not None and not folder.is_dir():
            raise InputError("no-images", "no such folder", where=str(folder), remedy="correct --images")
        self.folder, self.root = folder, root
        self.into = Path()
        self.copied: set[str] = set()
        self._missing: dict[str, None] = {}

    def name(self, image: str | bytes, file: str) -> str:
        """The name of `image` in the folder `into`, one that an image there may have also where it was not found.

        file: that of the post, relative to `root`.
        """
        if isinstance(image, str) and DATA.match(image):
            try:
                image = base64.b64decode(image.partition(",")[2], validate=True)
            except ValueError:
                return self._lost("data:image")
        if isinstance(image, bytes):
            name = hashlib.sha256(image).hexdigest()[:32] + _suffix(image)
            self._place(name).write_bytes(image)
            return name
        found = self._found(image, file)
        if found is None:
            return self._lost(path_of(image))
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
        where = f"{self.folder or self.root}" + ("" if self.folder else "; --images FOLDER says where they are")
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

    def _found(self, image: str, file: str) -> tuple[Path, str] | None:
        """(path, its name): by the path that the post names, then by less and less of it."""
        if self.folder is None:
            if Path(path_of(image)).is_absolute() or not (parts := _parts(image)):
                return None
            places = dict.fromkeys((PurePosixPath(file).parent, PurePosixPath()))
            return _first(self.root, [place.joinpath(*parts).as_posix() for place in places])
        tails = []
        for parts in map(_parts, dict.fromkeys((image, path_of(image)))):
            tails += ["/".join(parts[at:]) for at in range(len(parts))]
            tails += [UPLOADED.sub("", parts[-1])] if parts else []
        return _first(self.folder, tails)


def _first(folder: Path, names: list[str]) -> tuple[Path, str] | None:
    """(path, name) of the first of `names` that is a file in `folder`, as it is or with the one suffix that fits; None
    where several fit.
    """
    for name in names:
        if os.path.isfile(folder / name):
            return folder / name, name
        lacking = () if name.lower().endswith(SUFFIXES) else (*SUFFIXES, *map(str.upper, SUFFIXES))
        if fits := [name + suffix for suffix in lacking if os.path.isfile(folder / (name + suffix))]:
            return (folder / fits[0], fits[0]) if len(fits) == 1 else None
    return None


def _parts(image: str) -> list[str]:
    """The parts of the path `image`, without what would lead out of a folder."""
    return [part for part in PurePosixPath(image.replace("\\", "/")).parts if part not in ("/", "//", ".", "..")]
