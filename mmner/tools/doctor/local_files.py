"""Checks of what is on this machine: corpora, archives, precomputed files, packages, and Python environments."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

from mmner.base import requirements
from mmner.base.errors import InputError
from mmner.networks import checkpoints
from mmner.tools.doctor.findings import Context, Finding, format_bytes, from_error

MADE = "not here yet, `dvc repro` makes it"


def package(requirement: requirements.Package, context: Context) -> Finding:
    """Whether the package is installed; it is not imported."""
    if importlib.util.find_spec(requirement.name):
        return Finding("ok", f"package {requirement.name}: installed")
    return Finding("FAIL", f"package {requirement.name}: not installed", "install the packages of requirements.txt")


def corpus(requirement: requirements.CorpusFolder, context: Context) -> Finding:
    """Whether the folder, the splits' files and any image are there."""
    folder = Path(requirement.folder)
    if context.makes(folder):
        return Finding("ok", f"{folder}: {MADE}")
    if not folder.is_dir():
        remedy = f"put the corpus there; `python -m mmner corpus show {folder.name}` says where to get it"
        return Finding("FAIL", f"error[missing-corpus] {folder}: no such folder", remedy)
    if lacking := [name for name in requirement.splits if not (folder / name).is_file()]:
        remedy = "put the file there, or correct the corpus's splits in params.yaml"
        return Finding("FAIL", f"error[missing-split] {folder}: no {', '.join(lacking)}", remedy)
    splits = f"{folder}: {len(requirement.splits)} splits"
    if requirement.images is None:
        return Finding("ok", f"{splits}, text only")
    if count := count_images(requirement):
        return Finding("ok", f"{splits}, {count} files in {requirement.images}")
    status = "FAIL" if requirement.max_failed < 1 else "warn"
    return Finding(status, f"{splits}, no image in {folder / requirement.images}", "put the images there")


def count_images(requirement: requirements.CorpusFolder) -> int:
    """How many files the image folder has; 0 where there is none."""
    folder = Path(requirement.folder) / requirement.images if requirement.images is not None else None
    return sum(1 for _ in os.scandir(folder)) if folder is not None and folder.is_dir() else 0


def archive(requirement: requirements.ZimFile, context: Context) -> Finding:
    """Whether the ZIM file opens, and has the index by which names that are no title are found."""
    if context.makes(requirement.file):
        return Finding("ok", f"{requirement.file}: {MADE}")
    from mmner.knowledge.archive import Archive

    try:
        zim = Archive(requirement.file, 1, 1).zim
    except InputError as error:
        return from_error(error)
    articles = f"{requirement.file}: {zim.article_count} articles"
    if zim.has_fulltext_index:
        return Finding("ok", f"{articles}, full-text index")
    return Finding(
        "warn", f"{articles}, no full-text index: names that are no title are not found", "fetch one that has it"
    )


def file(requirement: requirements.PrecomputedFile, context: Context) -> Finding:
    """Whether the file is there, and its size."""
    if context.makes(requirement.path):
        return Finding("ok", f"{requirement.path}: {MADE}")
    if Path(requirement.path).is_file():
        return Finding("ok", f"{requirement.path}: {format_bytes(Path(requirement.path).stat().st_size)}")
    remedy = "put the file there, or correct the variant's `file` in params.yaml"
    return Finding("FAIL", f"error[missing-file] {requirement.path}: no such file", remedy)


def folder(requirement: requirements.CheckpointFolder, context: Context) -> Finding:
    """Whether the folder is there, and holds no code that the variant does not allow."""
    if not Path(requirement.path).is_dir():
        return Finding("FAIL", f"error[no-weights] {requirement.path}: no such folder", checkpoints.REMEDY)
    try:
        checkpoints.check(requirement.path, requirement.allow_pickle)
    except InputError as error:
        return from_error(error)
    total = sum(path.stat().st_size for path in Path(requirement.path).rglob("*") if path.is_file())
    return Finding("ok", f"{requirement.path}: {format_bytes(total)}")


def environment(requirement: requirements.Environment, context: Context) -> Finding:
    """Whether its interpreter is there; what that can import is not tried."""
    from mmner.base import interpreter

    python = interpreter.python(requirement.name)
    if python is None:
        return Finding("FAIL", f"environment {requirement.name}: not built", f"make {requirement.name}-env")
    return Finding("ok", f"environment {requirement.name}: {python}")
