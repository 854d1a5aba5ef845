"""Fetching a corpus's files from where they are published, or copying them from a folder, to `data/raw/<corpus>/`.

Reads: an entry of the catalogue; the web, or a folder. Writes: `data/raw/<corpus>/<file>`, each at once or not at
all, and `data/raw/<corpus>.sha256`, as `sha256sum -c` in data/raw reads it: the digests that no catalogue knew, as
they were first seen. (Beside the corpus's folder, not in it: all that is in there is an input of `examples`.)
"""

from __future__ import annotations

import http.client
import os
import shutil
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from mmner.base.atomic import atomic_write
from mmner.base.errors import InputError
from mmner.base.paths import file_digest
from mmner.corpus import split_files
from mmner.tools.catalogue import Entry, Origin

GITHUB = "https://raw.githubusercontent.com"  # /<owner>/<name>/HEAD/<path>
TIMEOUT = 60  # seconds without a byte
ACCEPT = "; or take it as it is, on purpose, with --accept"
REMEDY = "what came before stays; run it again for the rest, or give a copy with --from FOLDER"


def fetch(
    entry: Entry, data: Path, *, source: Path | None = None, base: str = GITHUB, accept: bool = False
) -> Iterator[tuple[str, str]]:
    """Bring the files of `entry` to `data`/<its folder>, in the catalogue's order; yields (file, outcome).

    source: a folder that has them already, under the catalogue's names. base: the address in front of
    `<owner>/<name>/HEAD/<path>`. accept: take a file that differs from what the catalogue has or was first seen; its
    digest is the right one from then on. Outcomes: "here" (it was there, with the right digest), "fetched", "copied",
    "by hand" (the catalogue only says where it is), "optional" (the same, of a file that nothing requires).
    Errors: InputError `missing-file`, `special-file`, `first-digests`, `not-published`, `no-network`, `bad-answer`,
    `size-differs`, `digest-differs`, `posts-differ`; the file in question is then not written, and its digest not
    remembered.
    """
    folder, seen = data / entry.folder, FirstDigests(data / f"{entry.folder}.sha256", entry.folder, accept)
    needed = [file for file, origin in entry.files.items() if not (origin.optional or (folder / file).exists())]
    if source is not None and needed and not any((source / file).exists() for file in entry.files):
        remedy = f"put it there: {entry.files[needed[0]]}; or name the folder that has {', '.join(needed)}"
        raise InputError("missing-file", "no such file", where=str(source / needed[0]), remedy=remedy)
    for file, origin in entry.files.items() if source is not None else ():  # all of them, before any is copied
        if (source / file).exists() and not (folder / file).exists():
            _refuse_special(source / file, file_only=origin.github is not None)
    for file, origin in entry.files.items():
        target = folder / file
        if target.is_file():
            _check(target, file, origin, seen, where=str(target), remedy="delete it, and get it again")
            yield file, "here"
        elif target.is_dir():
            yield file, "here"
        elif source is not None and (source / file).exists():
            _copy(source / file, target, file, origin, seen)
            yield file, "copied"
        elif origin.github and source is None:
            _download(f"{base.rstrip('/')}/{_address(origin)}", target, file, origin, seen)
            yield file, "fetched"
        elif origin.github:
            remedy = f"put it there: {origin}; or leave --from out"
            raise InputError("missing-file", "no such file", where=str(source / file), remedy=remedy)
        else:
            yield file, "optional" if origin.optional else "by hand"


class FirstDigests:
    """Trust on first use: the digests of files for which the catalogue has none, as first seen. Stored in `path`."""

    def __init__(self, path: Path, folder: str, accept: bool = False):
        self.path, self.folder, self.accept = path, folder, accept
        try:
            lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        except (OSError, UnicodeDecodeError) as error:
            remedy = "delete it: digests are then taken as they are first seen again"
            raise InputError("first-digests", f"no list of digests: {error}", where=str(path), remedy=remedy) from error
        self.digests = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}

    def get(self, file: str) -> str | None:
        return self.digests.get(f"{self.folder}/{file}")

    def put(self, file: str, digest: str) -> None:
        self.digests[f"{self.folder}/{file}"] = digest
        lines = "".join(f"{digest}  {name}\n" for name, digest in self.digests.items())
        with atomic_write(self.path) as temporary:
            temporary.write_text(lines, encoding="utf-8")


def _address(origin: Origin) -> str:
    return urllib.parse.quote(f"{origin.github}/HEAD/{origin.path}")


def _copy(copied: Path, target: Path, file: str, origin: Origin, seen: FirstDigests) -> None:
    with atomic_write(target) as temporary:
        if copied.is_dir():
            shutil.copytree(copied, temporary)
            return
        shutil.copyfile(copied, temporary)
        _check(temporary, file, origin, seen, where=str(copied), remedy="take the file from where it is published")


def _refuse_special(path: Path, *, file_only: bool) -> None:
    """Errors: InputError `special-file` where `path` is neither a file nor a folder of files."""
    if path.is_dir() and file_only:
        raise InputError("special-file", "a folder, where a file belongs", where=str(path), remedy="give the file")
    for folder, folders, files in os.walk(path) if path.is_dir() else [(path.parent, [], [path.name])]:
        links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
        odd = [name for name in files if not os.path.isfile(os.path.join(folder, name))]
        if links or odd:
            where = os.path.join(folder, (links + odd)[0])
            what = "a link to a folder" if links else "a pipe, a socket, a device or a link that leads nowhere"
            raise InputError("special-file", what, where=where, remedy="delete it, or put the file itself there")


def _download(url: str, target: Path, file: str, origin: Origin, seen: FirstDigests) -> None:
    with atomic_write(target) as temporary:
        try:
            with urllib.request.urlopen(url, timeout=TIMEOUT) as answer, temporary.open("wb") as out:
                shutil.copyfileobj(answer, out)
                announced = answer.headers["Content-Length"]
        except urllib.error.HTTPError as error:
            if error.code == 404:
                what = "it is not there (404)"
                remedy = f"it may have moved: look for it at github.com/{origin.github}, and use --from FOLDER"
                raise InputError("not-published", what, where=url, remedy=remedy) from error
            raise InputError("bad-answer", f"{error.code} {error.reason}", where=url, remedy=REMEDY) from error
        except (OSError, ValueError, http.client.HTTPException) as error:
            why = getattr(error, "reason", None) or error
            raise InputError("no-network", f"{type(error).__name__}: {why}", where=url, remedy=REMEDY) from error
        if announced is not None and int(announced) != temporary.stat().st_size:
            what = f"{temporary.stat().st_size} bytes came of {announced}"
            raise InputError("size-differs", what, where=url, remedy=REMEDY)
        _check(temporary, file, origin, seen, where=url, remedy="the publisher may have changed it: docs/data.md")


def _check(path: Path, file: str, origin: Origin, seen: FirstDigests, *, where: str, remedy: str) -> None:
    """Compare the file at `path` with the known size and digest of `file`. Without a known digest, count its posts and
    store its digest.

    Errors: InputError `size-differs`, `digest-differs`, `posts-differ`.
    """
    digest = file_digest(path)
    if seen.accept:
        if digest != (seen.get(file) or origin.sha256):
            seen.put(file, digest)
        return
    remedy += ACCEPT
    size, known = path.stat().st_size, seen.get(file) or origin.sha256
    if known == digest:
        return
    if origin.bytes is not None and size != origin.bytes:
        raise InputError("size-differs", f"{size} bytes, not {origin.bytes}", where=where, remedy=remedy)
    if known is None:
        if origin.posts is not None:
            other = f"{remedy}; if it is the publisher's own, correct posts of {file} in catalogue/{seen.folder}.yaml"
            _count(path, file, origin.posts, where=where, remedy=other)
        if origin.github:  # what people make by hand has as many digests as makers
            seen.put(file, digest)
    else:
        who = "the catalogue has" if origin.sha256 else f"{seen.path} has, as first seen,"
        if not origin.sha256:
            remedy += f"; if the one first seen was the bad one, delete the line of {file} in {seen.path}"
        raise InputError("digest-differs", f"sha256 {digest}; {who} {known}", where=where, remedy=remedy)


def _count(path: Path, file: str, posts: int, *, where: str, remedy: str) -> None:
    """Raise InputError `posts-differ` if the file at `path` can't be read, or does not hold `posts` posts."""
    try:
        count = sum(1 for _ in split_files.read(path, file))
    except InputError as error:
        what = f"not a file of {posts:,} posts: {error.what}, {error.where}"
        raise InputError("posts-differ", what, where=where, remedy=remedy) from error
    if count != posts:
        raise InputError("posts-differ", f"{count:,} posts, not {posts:,}", where=where, remedy=remedy)
