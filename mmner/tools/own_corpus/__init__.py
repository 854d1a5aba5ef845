"""A corpus of the user's own, in one command: its files to data/raw/<name>, and what they are into params.yaml."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from mmner.base import atomic, params, yaml_files
from mmner.base.errors import InputError
from mmner.tools.catalogue import merge
from mmner.tools.own_corpus import entries, look
from mmner.tools.own_corpus.look import Found, Wanted

PLACES = ("corpora", "preparations", "runs", "train")


def new(name: str, folder: Path, wanted: Wanted, *, data: Path, file: Path) -> tuple[Found, list[tuple[str, str]]]:
    """Make a corpus `name` of the files in `folder`: copy them to `data`/`name`, and add its entries to `file`.

    Returns what was found, and (section, name) of each entry that was added. Nothing is written where it fails.
    Errors: InputError `bad-name`, `exists`, those of `look.find`, `params.load` and `merge.into_text`.
    """
    content = params.load(file)
    params.check_names({"corpora": {name: None}}, "the command line")
    if taken := [place for place in PLACES if name in (content.get(place) or {})]:
        remedy = "choose another name, or delete that entry and those that use it"
        raise InputError("exists", f"there is an entry {name} already", where=f"{file}: {taken[0]}", remedy=remedy)
    target = data / name
    at_home = target.is_dir() and folder.is_dir() and target.resolve() == folder.resolve()
    if target.exists() and not at_home:
        remedy = f"choose another name, or use what is there: python -m mmner corpus new {name} {target}"
        raise InputError("exists", "there is something already", where=str(target), remedy=remedy)
    found = look.find(folder, wanted)
    fragment = entries.fragment(name, found, wanted, content)
    chosen = {(section, entry) for section, named in yaml_files.parse(fragment, name).items() for entry in named}
    present = {(section, entry) for section, entry in chosen if entry in (content.get(section) or {})}
    text, added = merge.into_text(merge.read_text(file), fragment, chosen - present, force=False, where=str(file))
    if not at_home:
        _copy(folder, target, found)
    atomic.write_text(file, text)
    return replace(found, folder=target), [(section, entry) for section, entry, _ in added]


def _copy(folder: Path, target: Path, found: Found) -> None:
    """Copy the splits' files and the image folder, all or nothing; a link becomes what it leads to, as DVC wants it."""
    with atomic.atomic_write(target) as temporary:
        temporary.mkdir(parents=True)
        for file in found.splits.values():
            (temporary / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / file, temporary / file)
        if found.images is not None:
            shutil.copytree(folder / found.images, temporary / found.images)
