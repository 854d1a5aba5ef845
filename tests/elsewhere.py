"""A Python in a folder of its own, with our wheel beside the packages of this environment, and no checkout."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILD = "import sys, setuptools.build_meta as backend; backend.build_wheel(sys.argv[1])"


def build(folder: Path) -> Path:
    """Our wheel, built in `folder` from a copy of the sources: setuptools leaves files beside them."""
    copy, out = folder / "sources", folder / "dist"
    shutil.copytree(ROOT / "mmner", copy / "mmner", ignore=shutil.ignore_patterns("__pycache__"))
    out.mkdir()
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, copy)
    done = subprocess.run([sys.executable, "-c", BUILD, out], cwd=copy, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (built,) = out.glob("*.whl")
    return built


def install(wheel: Path, folder: Path) -> Path:
    """The interpreter of a new environment in `folder` that has `wheel` and the packages of ours."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    interpreter = folder / "venv/bin/python"
    pip = [sys._base_executable, "-m", "pip", "--disable-pip-version-check", "--python", interpreter]
    done = subprocess.run([*pip, "install", "--no-index", "--no-deps", wheel], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (packages,) = (folder / "venv/lib").glob("*/site-packages")
    (packages / "ours.pth").write_text("\n".join(path for path in sys.path if path.endswith("site-packages")))
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    where = [interpreter, "-c", "import mmner; print(mmner.__file__)"]
    place = subprocess.run(where, cwd=folder, env=env, capture_output=True, text=True, check=True).stdout.strip()
    assert Path(place).is_relative_to(packages)
    return interpreter
