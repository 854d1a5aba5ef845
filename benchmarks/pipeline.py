"""The root of the pipeline that is measured, and the stages of its dvc.yaml."""

from __future__ import annotations

from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]


def command(stage: str, key: str, entry: dict[str, str]) -> list[str]:
    """The command of `stage` for preparation or run `key`, whose params are `entry`, with `python` first."""
    text = STAGES[stage]["do"]["cmd"].replace("${key}", key)
    for name, value in entry.items():
        text = text.replace(f"${{item.{name}}}", str(value))
    return text.split()
