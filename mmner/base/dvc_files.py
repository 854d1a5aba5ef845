"""DVC's own files: where its cache is, and which outs dvc.lock names.

They are read here, not through DVC, whose import takes longer than most stages need for their rows.
"""

from __future__ import annotations

import configparser
import os
from collections.abc import Iterator
from pathlib import Path

import yaml


def cache_folder() -> Path:
    """The folder of DVC's cache.

    It is `cache.dir` of the first file that has it, of .dvc/config.local, .dvc/config, the user's config and the
    machine's; .dvc/cache where none has. A relative `cache.dir` counts from the folder of its file.
    """
    cwd = Path.cwd()
    dvc_folder = next((folder / ".dvc" for folder in (cwd, *cwd.parents) if (folder / ".dvc").is_dir()), cwd / ".dvc")
    for file in (dvc_folder / "config.local", dvc_folder / "config", *_global_configs()):
        parser = configparser.ConfigParser(strict=False, interpolation=None)
        try:
            parser.read_string(file.read_text(encoding="utf-8"))
        except (OSError, ValueError, configparser.Error):
            continue
        if parser.has_option("cache", "dir"):
            return (file.parent / Path(parser["cache"]["dir"].strip("'\" ")).expanduser()).resolve()
    return dvc_folder / "cache"


def _global_configs() -> Iterator[Path]:
    """DVC's config of this user, then of the machine (dvc/dirs.py)."""
    import platformdirs

    of_user, of_machine = (os.environ.get(f"DVC_{level}_CONFIG_DIR") for level in ("GLOBAL", "SYSTEM"))
    yield Path(of_user or platformdirs.user_config_dir("dvc", "iterative"), "config")
    yield Path(of_machine or platformdirs.site_config_dir("dvc", "iterative"), "config")


def outs(lock: str) -> dict[str, str]:
    """Path -> md5 of each file that stages wrote, according to `lock`, the text of a dvc.lock."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    stages = (yaml.load(lock, Loader=loader) or {}).get("stages") or {}
    return {out["path"]: out["md5"] for stage in stages.values() for out in stage.get("outs") or [] if "md5" in out}


def cache_path(md5: str) -> Path:
    """The path in DVC's cache of the file whose digest is `md5`, whether it exists or not."""
    return cache_folder() / "files" / "md5" / md5[:2] / md5[2:]
