"""Image files that lack the suffix which the corpus's entry says, and have another: 797970.png for 797970.jpg."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

SUFFIXES = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".gif", ".webp", ".bmp", ".tif", ".tiff")  # of what we read


def as_there(names: Iterable[str], suffix: str, folder: Path) -> dict[str, str]:
    """Of `names`, relative to `folder`, each with `suffix` at its end, those that have no file there, while one file
    differs from it in the suffix alone: the name of that file.

    {} without a suffix: a post that names a whole file means that one.
    """
    if not suffix:
        return {}
    listed: dict[str, dict[str, list[str]]] = {}  # folder in `folder` -> name without suffix -> files
    found = {}
    for name in names:
        inside, _, file = name.rpartition("/")
        if inside not in listed:
            listed[inside] = _images(folder / inside)
        others = listed[inside].get(file.removesuffix(suffix), [])
        if file not in others and len(others) == 1:
            found[name] = f"{inside}/{others[0]}" if inside else others[0]
    return found


def _images(folder: Path) -> dict[str, list[str]]:
    """The names of the image files in `folder`, by themselves without their suffix."""
    found = defaultdict(list)
    try:
        for path in folder.iterdir():
            if path.suffix.lower() in SUFFIXES:
                found[path.stem].append(path.name)
    except (OSError, ValueError):  # not there, or not to be listed: each name is looked at by itself
        return {}
    return found
