"""What DVC does with a stage's outs at its end: they go into its cache, and dvc.lock names them."""

import hashlib
import json
import shutil
from pathlib import Path

import yaml

from mmner.base.dvc_files import cache_path


def commit(*outs: Path) -> None:
    """Put `outs`, files or folders below the current folder, into DVC's cache, and them alone into dvc.lock."""
    named = [{"path": out.as_posix(), "md5": _folder(out) if out.is_dir() else _file(out)} for out in outs]
    Path("dvc.lock").write_text(yaml.safe_dump({"stages": {"made": {"outs": named}}}), encoding="utf-8")


def _file(path: Path) -> str:
    md5 = hashlib.md5(path.read_bytes()).hexdigest()
    cache_path(md5).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, cache_path(md5))
    return md5


def _folder(folder: Path) -> str:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    listed = [{"md5": _file(path), "relpath": path.relative_to(folder).as_posix()} for path in files]
    text = json.dumps(listed)
    md5 = hashlib.md5(text.encode()).hexdigest() + ".dir"
    cache_path(md5).parent.mkdir(parents=True, exist_ok=True)
    cache_path(md5).write_text(text, encoding="utf-8")
    return md5
