"""DVC's own files: where its cache is, and which outs dvc.lock names.

They are read here, not through DVC, whose import takes longer than most stages need for their rows.
"""

from __future__ import annotations

import configparser
import json
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import pydantic
import yaml

from mmner.base import paths
from mmner.base.errors import InputError

LOCK = "dvc.lock"
EXPERIMENTS = Path("experiments")  # a folder an experiment, with stages and a dvc.lock of its own
REMOTE = re.compile(r"""'?remote "(.+)"'?""")  # a section of DVC's config


def dvc_folder() -> Path:
    """The folder .dvc of the repository that we are in; where there is none, it would be here."""
    cwd = Path.cwd()
    return next((folder / ".dvc" for folder in (cwd, *cwd.parents) if (folder / ".dvc").is_dir()), cwd / ".dvc")


def cache_folder() -> Path:
    """The folder of DVC's cache: `cache.dir`, else .dvc/cache. A relative one counts from the folder of its file."""
    file, folder = _cache_option("dir") or (dvc_folder() / "config", "cache")
    return (file.parent / paths.expanded(folder)).resolve()


def cache_is_shared() -> bool:
    """Whether `cache.shared` is group: DVC then lets all of a file's group write what is in its cache."""
    found = _cache_option("shared")
    return found is not None and found[1].lower() == "group"


def _cache_option(name: str) -> tuple[Path, str] | None:
    """The first file that has `cache.<name>`, and what it says: .dvc/config.local, .dvc/config, the user's config,
    the machine's.
    """
    for file, parser in _configs():
        if parser.has_option("cache", name):
            return file, parser["cache"][name].strip("'\" ")
    return None


def remotes() -> set[str]:
    """The names of the remotes that DVC's config files name."""
    return {found[1] for _, parser in _configs() for one in parser.sections() if (found := REMOTE.fullmatch(one))}


def _configs() -> Iterator[tuple[Path, configparser.ConfigParser]]:
    """DVC's config files that can be read, the one that counts most first."""
    own = dvc_folder()
    for file in (own / "config.local", own / "config", *_global_configs()):
        parser = configparser.ConfigParser(strict=False, interpolation=None)
        try:
            parser.read_string(paths.read_text(file))
        except (OSError, ValueError, configparser.Error):
            continue
        yield file, parser


def _global_configs() -> Iterator[Path]:
    """DVC's config of this user, then of the machine (dvc/dirs.py)."""
    import platformdirs

    of_user, of_machine = (os.environ.get(f"DVC_{level}_CONFIG_DIR") for level in ("GLOBAL", "SYSTEM"))
    with suppress(RuntimeError):  # a user without a home folder has none
        yield Path(of_user or platformdirs.user_config_dir("dvc", "iterative"), "config")
    yield Path(of_machine or platformdirs.site_config_dir("dvc", "iterative"), "config")


def locks() -> list[Path]:
    """The files dvc.lock that are there: the root's, then those of the folders of experiments/."""
    return [file for file in (Path(LOCK), *sorted(EXPERIMENTS.glob(f"*/{LOCK}"))) if file.is_file()]


def lock_of(out: str | Path) -> Path:
    """The dvc.lock that names `out` among what stages wrote; the root's where none does. Errors: as `locked_outs`."""
    path = Path(out).as_posix()
    for lock in locks():
        with suppress(OSError, ValueError):  # most name it nowhere: reading one is quicker than parsing it
            if f"path: {path}\n" not in paths.read_text(lock):
                continue
        if path in locked_outs(lock):
            return lock
    return Path(LOCK)


def locked_outs(lock: str | Path = LOCK) -> dict[str, str]:
    """Path -> md5 of each file that stages wrote, according to the file `lock`; {} where there is none.

    Errors: InputError `dvc-lock` where DVC can't have written it as it is: a kill may cut it, a merge leaves marks.
    """
    return {out.path: out.md5 for stage in _stages(lock).values() for out in stage.outs or () if out.md5}


def locked_deps(stage: str, lock: str | Path = LOCK) -> dict[str, str]:
    """Path -> md5 of each file that `stage` read when it last ran, according to the file `lock`; {} where it never did.

    Errors: InputError `dvc-lock`.
    """
    found = _stages(lock).get(stage)
    return {dep.path: dep.md5 for dep in found.deps or () if dep.md5} if found else {}


def _stages(lock: str | Path) -> dict[str, _Stage]:
    """Errors: InputError `dvc-lock`."""
    try:
        return _parsed(paths.read_text(lock))
    except FileNotFoundError:
        return {}
    except (ValueError, OSError) as error:
        raise broken_lock(str(error), lock) from error


def broken_lock(why: str, lock: str | Path = LOCK) -> InputError:
    """The error about a `lock` that DVC can't have written as it is."""
    remedy = f"git checkout {lock}, or rm {lock}; then dvc repro: what earlier runs made is taken from DVC's cache"
    return InputError("dvc-lock", " ".join(why.split()), where=str(lock), remedy=remedy)


def outs(lock: str) -> dict[str, str]:
    """Path -> md5 of each file that stages wrote, according to `lock`, the text of a dvc.lock. Errors: ValueError."""
    return {out.path: out.md5 for stage in _parsed(lock).values() for out in stage.outs or () if out.md5}


def _parsed(lock: str) -> dict[str, _Stage]:
    """The stages of `lock`, the text of a dvc.lock. Errors: ValueError."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        content = yaml.load(lock, Loader=loader)
        return _Lock.model_validate(content).stages or {}
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error
    except pydantic.ValidationError as error:
        place = ".".join(map(str, error.errors()[0]["loc"])) or "the whole"
        raise ValueError(f"{place} is not as DVC writes it") from error


def check_rwlock() -> None:
    """Errors: InputError `dvc-rwlock` where DVC's note of who reads and writes what is broken, as by a kill."""
    file = dvc_folder() / "tmp" / "rwlock"
    try:
        if not isinstance(json.loads(paths.read_text(file)), dict):
            raise ValueError("no JSON object")
    except FileNotFoundError:
        return
    except (ValueError, OSError) as error:
        remedy = f"rm {file} while no dvc command runs"
        raise InputError("dvc-rwlock", str(error), where=str(file), remedy=remedy) from error


class _Out(pydantic.BaseModel):
    path: str
    md5: Annotated[str, pydantic.Field(pattern=r"^[0-9a-f]{32}(\.dir)?$")] | None = None  # it becomes a path


class _Stage(pydantic.BaseModel):
    deps: list[_Out] | None = None
    outs: list[_Out] | None = None


class _Lock(pydantic.BaseModel):
    """What we read of a dvc.lock."""

    stages: dict[str, _Stage] | None = None


def cache_path(md5: str) -> Path:
    """The path in DVC's cache of the file whose digest is `md5`, whether it exists or not."""
    return cache_folder() / "files" / "md5" / md5[:2] / md5[2:]
