"""DVC's own files: where its cache is, and which outs dvc.lock names. Read here rather than asked of DVC, whose import
takes longer than most stages have rows to compute."""

from __future__ import annotations

import configparser
import os
from collections.abc import Iterator
from pathlib import Path

import yaml


def cache_folder() -> Path:
    """DVC's cache: `cache.dir` of .dvc/config.local, else of .dvc/config, the user's or the machine's; else .dvc/cache.

    A relative path counts from the folder of the file that has it. Read here rather than asked of DVC, whose import
    takes longer than most stages have rows to compute.
    """
    here = Path.cwd()
    dvc = next((place / ".dvc" for place in (here, *here.parents) if (place / ".dvc").is_dir()), here / ".dvc")
    for file in (dvc / "config.local", dvc / "config", *_configs()):
        parser = configparser.ConfigParser(strict=False, interpolation=None)
        try:
            parser.read_string(file.read_text(encoding="utf-8"))
        except (OSError, ValueError, configparser.Error):
            continue
        if parser.has_option("cache", "dir"):
            return (file.parent / Path(parser["cache"]["dir"].strip("'\" ")).expanduser()).resolve()
    return dvc / "cache"


def _configs() -> Iterator[Path]:
    """DVC's config of this user, then of the machine (dvc/dirs.py)."""
    import platformdirs

    of_user, of_machine = (os.environ.get(f"DVC_{level}_CONFIG_DIR") for level in ("GLOBAL", "SYSTEM"))
    yield Path(of_user or platformdirs.user_config_dir("dvc", "iterative"), "config")
    yield Path(of_machine or platformdirs.site_config_dir("dvc", "iterative"), "config")


def outs(lock: str) -> dict[str, str]:
    """md5 by path of the files that `lock`, the text of a dvc.lock, says stages wrote."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    stages = (yaml.load(lock, Loader=loader) or {}).get("stages") or {}
    return {out["path"]: out["md5"] for stage in stages.values() for out in stage.get("outs") or [] if "md5" in out}


def cached(md5: str) -> Path:
    """Where DVC's cache has the file of digest `md5`, if it has it."""
    return cache_folder() / "files" / "md5" / md5[:2] / md5[2:]
