"""The metrics of a training, step by step: told to DVCLive as they come, and once more where they are known."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

FILE = "history.jsonl"  # in a model's folder: {"step": 10, "name": "train/loss", "value": 3.2}


def live(folder: Path):
    """A dvclive.Live that writes metrics and plots to `folder`, what is there already apart, and nothing else."""
    from dvclive import Live
    from scmrepo.exceptions import SCMError

    class Anywhere(Live):
        def _init_dvc(self) -> None:
            """Live asks for the last commit, also in a repository that has none: nothing of it is used here."""
            try:
                super()._init_dvc()
            except SCMError:
                self._dvc_repo, self._dvc_file = None, self._init_dvc_file()

    return Anywhere(str(folder), dvcyaml=None, save_dvc_exp=False, report=None, resume=False)


def tell(live, step: int, metrics: dict[str, float]) -> None:
    """Log `metrics` of `step`."""
    live.step = step
    for name, value in metrics.items():
        live.log_metric(name, value)


def replay(live, history: Iterable[dict]) -> None:
    """Log all of `history`, of entries {step, name, value} in the order in which they were made."""
    by_step: dict[int, dict[str, float]] = {}
    for entry in history:
        by_step.setdefault(entry["step"], {})[entry["name"]] = entry["value"]
    for step, metrics in by_step.items():
        tell(live, step, metrics)
    live.make_summary()


def write(folder: Path, history: Iterable[dict]) -> None:
    lines = "".join(json.dumps(entry) + "\n" for entry in history)
    (folder / FILE).write_text(lines, encoding="utf-8")


def read(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / FILE).read_text(encoding="utf-8").splitlines()]
