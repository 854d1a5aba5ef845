"""A corpus of the user's own, in one command: its files to data/raw/<name>, and what they are into params.yaml."""

from __future__ import annotations

import shutil
from dataclasses import replace
from itertools import chain
from pathlib import Path

from mmner.base import atomic, params, project, yaml_files
from mmner.base.errors import InputError
from mmner.corpus import split_files
from mmner.tools.catalogue import merge
from mmner.tools.own_corpus import entries, image_folder, look
from mmner.tools.own_corpus.look import Found, Wanted

ENTRIES = [("corpora", "{}"), ("preparations", "{}"), ("runs", "{}"), ("train", "{}")]  # of a corpus {}
ENTRIES += [("runs", "{}-text"), ("train", "{}-last")]


def new(name: str, folder: Path, wanted: Wanted, *, data: Path, file: Path) -> tuple[Found, list[tuple[str, str]]]:
    """Make a corpus `name` of the files in `folder`: copy them to `data`/`name`, and add its entries to `file`.

    Returns what was found, and (section, name) of each entry that was added. Nothing is written where it fails.
    Errors: InputError of `free`, `look.find` and `described`.
    """
    target = data / name
    content = free(name, target, file, folder)
    found = look.find(folder, wanted)
    text, added = described(name, found, wanted, content, file)
    if not target.exists():
        _copy(folder, target, found)
    merge.write_text(file, text)
    return replace(found, folder=target), added


def free(name: str, target: Path, file: Path, folder: Path | None = None) -> dict:
    """The content of params.yaml `file`, in which a corpus `name` can be made, with its files at `target`.

    Errors: InputError `bad-name`, `params.load`'s; `exists` where there is one of its ENTRIES, or something is at
    `target` and is not `folder`.
    """
    content = params.load(file)
    everything = project.load(file)
    params.check_names({"corpora": {name: None}}, "the command line")
    for section, entry in ENTRIES:
        if (called := entry.format(name)) in everything.names(section):
            remedy = "choose another name, or delete that entry and those that use it"
            raise InputError("exists", f"there is an entry {called} already", where=f"{file}: {section}", remedy=remedy)
    at_home = folder is not None and target.is_dir() and folder.is_dir() and target.resolve() == folder.resolve()
    if target.exists() and not at_home:
        remedy = f"choose another name, or use what is there: python -m mmner corpus new {name} {target}"
        raise InputError("exists", "there is something already", where=str(target), remedy=remedy)
    return content


def described(name: str, found: Found, wanted: Wanted, content: dict, file: Path) -> tuple[str, list[tuple[str, str]]]:
    """The text of params.yaml `file` with the entries of corpus `name`, and (section, name) of each that is added.

    content: the file's. Errors: those of `merge.into_text`.
    """
    fragment = entries.fragment(name, found, wanted, content)
    chosen = {(section, entry) for section, named in yaml_files.parse(fragment, name).items() for entry in named}
    present = {(section, entry) for section, entry in chosen if entry in (content.get(section) or {})}
    text, added = merge.into_text(merge.read_text(file), fragment, chosen - present, force=False, where=str(file))
    return text, [(section, entry) for section, entry, _ in added]


def _copy(folder: Path, target: Path, found: Found) -> None:
    """Copy the splits' files, and the images that posts name, also those behind the limit, all or nothing.

    A link becomes what it leads to, as DVC wants it.
    """
    copied = list(found.splits.values())
    if found.images is not None:
        posts = chain.from_iterable(split_files.read(folder / file, file) for file in found.splits.values())
        names = dict.fromkeys(post.image for post in posts if post.image is not None)
        place = folder / found.images
        copied += [f"{found.images}/{name}" for name in image_folder.named(place, found.image_suffix, names)]
    with atomic.atomic_write(target) as temporary:
        for file in copied:
            (temporary / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / file, temporary / file)
