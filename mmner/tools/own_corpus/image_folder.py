"""The image folder among a user's files: which it is, and what in it posts name."""

from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from pathlib import Path

from mmner.base.errors import InputError
from mmner.corpus import image_names
from mmner.tools.own_corpus.images import is_image

LOOKED = 500  # names that are looked for, drawn evenly from all splits; all of them where none is there


def find(folder: Path, names: dict[str, list[str]], said: str | None) -> tuple[str | None, str, list[str]]:
    """The image folder, relative to `folder`, the suffix that names lack, and notes.

    names: of the images that posts name, by split. said: the image folder, relative to `folder`, where it is known.
    Errors: InputError `no-images` where `said` has none of them, `several-images`.
    """
    names = {split: of_split for split, of_split in names.items() if of_split}
    if not names:
        return None, "", []
    inside = list(_folders(folder / said if said else folder))
    places = (
        [folder / said] if said else [*sorted(_with_images(folder, inside)), folder]
    )  # names may hold their folder's
    looked = {split: of_split[:: max(1, len(of_split) * len(names) // LOOKED)] for split, of_split in names.items()}
    if not (hits := _hits(places, looked)):
        looked, called = names, {name for _, files in inside for file in files for name in (file, Path(file).stem)}
        rest = {split: [one for one in of if one.rpartition("/")[2] in called] for split, of in names.items()}
        hits = _hits(places, rest)
    every = [name for of_split in looked.values() for name in of_split]
    if not hits:
        if said:
            what = f"none of the images that posts name, such as {every[0]}"
            raise InputError("no-images", what, where=str(folder / said), remedy="correct --images, or leave it out")
        hint = "read as text only; --images says where they are, from where the names count"
        return None, "", [f"posts name images, such as {every[0]}, and no folder here has them: {hint}"]
    place = _only(folder, hits)
    suffix = max((one for one in hits if one[0] == place), key=lambda one: hits[one].total())[1]
    there = len(named(place, suffix, every))
    notes = [f"{len(every) - there} of {len(every)} images looked for are missing"] if there < len(every) else []
    return place.relative_to(folder).as_posix(), suffix, notes


def named(place: Path, suffix: str, names: Iterable[str]) -> list[str]:
    """The files in folder `place` that `names`, which lack `suffix`, mean; one for each name that has one."""
    whole = [name + suffix for name in names]
    others = image_names.as_there(set(whole), suffix, place)
    return [file for name in whole if _is_there(place, file := others.get(name, name))]


def _only(folder: Path, hits: dict[tuple[Path, str], Counter]) -> Path:
    """The one place that has more images than any other, and of no split fewer. Errors: InputError `several-images`."""
    by_place: dict[Path, Counter] = {}
    for (place, _), found in hits.items():
        by_place[place] = by_place.get(place, Counter()) | found
    best = max(by_place, key=lambda place: by_place[place].total())
    if rivals := [place for place, found in by_place.items() if place != best and not found < by_place[best]]:
        told = []
        for place in (best, *rivals[:4]):
            counts = (f"{count} of {split}" for split, count in by_place[place].items() if count)
            told.append(f"{place.relative_to(folder)} ({', '.join(counts)})")
        what = f"{1 + len(rivals)} folders have images that posts name: {'; '.join(told)}"
        example = (rivals[0].relative_to(folder) / "a.jpg").as_posix()
        remedy = f"choose by --images; where each split has its own, name images from {folder}, such as {example}"
        raise InputError("several-images", what, where=str(folder), remedy=remedy)
    return best


def _hits(places: Iterable[Path], names: dict[str, list[str]]) -> dict[tuple[Path, str], Counter]:
    """(place, suffix) -> how many of `names`, by split, are there with that suffix; those that have any."""
    hits = {}
    for place in places:
        suffixes = {path.suffix for path in place.glob("*") if path.suffix.lower() in image_names.SUFFIXES}
        for suffix in ("", *sorted(suffixes)):
            found = {split: sum(_is_there(place, one + suffix) for one in of) for split, of in names.items()}
            if any(found.values()):
                hits[place, suffix] = Counter(found)
    return hits


def _is_there(place: Path, name: str) -> bool:
    """Whether `name` is a file in folder `place`; one that leads out of it is none."""
    return not Path(name).is_absolute() and ".." not in Path(name).parts and os.path.isfile(place / name)


def _with_images(folder: Path, inside: Iterable[tuple[Path, list[str]]]) -> Iterator[Path]:
    """Of the folders `inside` of `folder`, with their files, those that hold an image."""
    for place, files in inside:
        if place != folder and any(is_image(place / file) for file in files):
            yield place


def _folders(folder: Path) -> Iterator[tuple[Path, list[str]]]:
    """`folder` and those in it, with the names of their files, each once; then those that links lead to, but not back
    up.
    """
    tops, seen, above = deque([folder]), set(), Path(os.path.realpath(folder))
    while tops:
        for place, folders, files in os.walk(tops.popleft()):
            if (real := os.path.realpath(place)) in seen:
                folders.clear()
                continue
            seen.add(real)
            links = [Path(place, name) for name in sorted(folders) if os.path.islink(os.path.join(place, name))]
            tops.extend(link for link in links if not above.is_relative_to(os.path.realpath(link)))
            yield Path(place), files
