"""What lies on disk: corpora, archives, files that somebody made, packages, and the environment beside the main one."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

from mmner.base import requirements
from mmner.base.errors import InputError
from mmner.networks import checkpoints
from mmner.tools.doctor.findings import Finding, Here, size, wrong

MADE = "not here yet, `dvc repro` makes it"


def package(need: requirements.Package, here: Here) -> Finding:
    if importlib.util.find_spec(need.name):
        return Finding("ok", f"package {need.name}: installed")
    return Finding("FAIL", f"package {need.name}: not installed", "install the packages of requirements.txt")


def corpus(need: requirements.CorpusFolder, here: Here) -> Finding:
    """The folder, the splits' files, and some images."""
    folder = Path(need.folder)
    if here.makes(folder):
        return Finding("ok", f"{folder}: {MADE}")
    if not folder.is_dir():
        remedy = f"put the corpus there; `python -m mmner corpus show {folder.name}` says where to get it"
        return Finding("FAIL", f"error[missing-corpus] {folder}: no such folder", remedy)
    if lacking := [name for name in need.splits if not (folder / name).is_file()]:
        remedy = "put the file there, or correct the corpus's splits in params.yaml"
        return Finding("FAIL", f"error[missing-split] {folder}: no {', '.join(lacking)}", remedy)
    told = f"{folder}: {len(need.splits)} splits"
    if need.images is None:
        return Finding("ok", f"{told}, text only")
    if count := images(need):
        return Finding("ok", f"{told}, {count} files in {need.images}")
    status = "FAIL" if need.max_failed < 1 else "warn"
    return Finding(status, f"{told}, no image in {folder / need.images}", "put the images there")


def images(need: requirements.CorpusFolder) -> int:
    """How many files the image folder has; 0 where there is none."""
    folder = Path(need.folder) / need.images if need.images is not None else None
    return sum(1 for _ in os.scandir(folder)) if folder is not None and folder.is_dir() else 0


def archive(need: requirements.ZimFile, here: Here) -> Finding:
    """It opens, and names that are no title can be found in it."""
    if here.makes(need.file):
        return Finding("ok", f"{need.file}: {MADE}")
    from mmner.knowledge.archive import Archive

    try:
        zim = Archive(need.file, 1, 1).zim
    except InputError as error:
        return wrong(error)
    told = f"{need.file}: {zim.article_count} articles"
    if zim.has_fulltext_index:
        return Finding("ok", f"{told}, full-text index")
    return Finding(
        "warn", f"{told}, no full-text index: names that are no title are not found", "fetch one that has it"
    )


def file(need: requirements.PrecomputedFile, here: Here) -> Finding:
    if here.makes(need.path):
        return Finding("ok", f"{need.path}: {MADE}")
    if Path(need.path).is_file():
        return Finding("ok", f"{need.path}: {size(Path(need.path).stat().st_size)}")
    remedy = "put the file there, or correct the variant's `file` in params.yaml"
    return Finding("FAIL", f"error[missing-file] {need.path}: no such file", remedy)


def folder(need: requirements.CheckpointFolder, here: Here) -> Finding:
    """It is there, and reading it runs no code that the variant does not allow."""
    if not Path(need.path).is_dir():
        return Finding("FAIL", f"error[no-weights] {need.path}: no such folder", checkpoints.REMEDY)
    try:
        checkpoints.check(need.path, need.allow_pickle)
    except InputError as error:
        return wrong(error)
    held = sum(path.stat().st_size for path in Path(need.path).rglob("*") if path.is_file())
    return Finding("ok", f"{need.path}: {size(held)}")


def environment(need: requirements.Environment, here: Here) -> Finding:
    """Its interpreter is there. What it can import is its own `make` target's business."""
    from mmner.base import interpreter

    interpreter = interpreter.python(need.name)
    if interpreter is None:
        return Finding("FAIL", f"environment {need.name}: not built", f"make {need.name}-env")
    return Finding("ok", f"environment {need.name}: {interpreter}")
