"""A small copy of the real pipeline: its dvc.yaml and code, a corpus of a few posts, params cut down to match."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from tests.pipeline.imports import ROOT

POSTS = {"train": 10, "dev": 3, "test": 3}
RUN = "sample-full"


class Project:
    """A git repository in `folder` that holds the working tree of this one, and whose corpus is a tiny sample."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._copy_tree()
        self.params = self._small_params()
        self.write_params()
        self._make_corpus()
        self.run("git", "init", "-q")
        self.run("git", "add", ".dvc", "dvc.yaml", "params.yaml", "data/runs")
        self.run("git", "-c", "user.name=test", "-c", "user.email=test@example.org", "commit", "-qm", "the pipeline")

    def _copy_tree(self) -> None:
        listed = subprocess.run(
            [
                "git",
                "ls-files",
                "-zco",
                "--exclude-standard",
                "--",
                ".dvc",
                "dvc.yaml",
                "params.yaml",
                "stages",
                "mmner",
                "data/runs",
            ],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for name in filter(None, listed.split("\0")):
            if (ROOT / name).is_file():
                (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, self.folder / name)

    def _small_params(self) -> dict:
        """The params.yaml that ships, with one run, one epoch, and `sample` prepared from the corpus `tiny`."""
        params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
        params["corpora"] = {"tiny": params["corpora"]["sample"]}
        params["corpora"]["tiny"]["max_failed"] = 0.9
        params["preparations"] = {"sample": params["preparations"]["sample"] | {"corpus": "tiny"}}
        params["runs"] = {RUN: params["runs"][RUN]}
        for variant in params["candidates"].values():
            variant |= {"epochs": 1, "folds": 2}
        for variant in params["train"].values():
            variant["epochs"] = 1
        for variant in params["captions"].values():
            variant["batch_size"] = 1  # a kill in the middle finds some rows finished and some not
        for variant in params["knowledge"].values():
            variant["archive"] = "data/raw/tiny/knowledge.zim"
        return params

    def _make_corpus(self) -> None:
        """The first posts of each split of the real sample, with the images that they name."""
        raw, tiny = self.folder / "whole", self.folder / "data" / "raw" / "tiny"
        self.run("python", "stages/sample.py", "--out", str(raw))
        (tiny / "images").mkdir(parents=True)
        shutil.copy(raw / "knowledge.zim", tiny)
        for split, posts in POSTS.items():
            text = (raw / f"{split}.txt").read_text(encoding="utf-8")
            chosen = "\n\n".join(re.split(r"\n\n+", text.strip())[:posts]) + "\n"
            (tiny / f"{split}.txt").write_text(chosen, encoding="utf-8")
            for name in re.findall(r"^IMGID:(\S+)", chosen, re.M):
                if (raw / "images" / name).is_file():
                    shutil.copy(raw / "images" / name, tiny / "images")
        shutil.rmtree(raw)

    @property
    def environment(self) -> dict[str, str]:
        """No store, no path of the tests' own project; `python` and `dvc` are those that run the tests."""
        kept = {name: value for name, value in os.environ.items() if name not in ("MMNER_STORE", "PYTHONPATH")}
        path = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
        threads = {
            "OMP_NUM_THREADS": "1"
        }  # for so few posts, threads that wait for each other cost more than they give
        return kept | threads | {"PATH": path, "DVC_NO_ANALYTICS": "1"}

    def write_params(self) -> None:
        (self.folder / "params.yaml").write_text(yaml.safe_dump(self.params, sort_keys=False), encoding="utf-8")

    def run(self, *command: str) -> str:
        """What `command` prints. Errors: AssertionError with all of it where the status is not 0."""
        done = subprocess.run(command, cwd=self.folder, env=self.environment, capture_output=True, text=True)
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def repro(self, *targets: str) -> set[str]:
        """Run `dvc repro`; returns the stages that really ran, such as `captions` for captions@sample."""
        printed = self.run("dvc", "repro", *targets)
        return {name.split("@")[0] for name in re.findall(r"Running stage '([^']+)'", printed)}

    def inputs(self) -> dict[str, dict]:
        """What dvc.lock knows of each stage: md5 of its deps and values of its params, by name."""
        lock = yaml.safe_load((self.folder / "dvc.lock").read_text(encoding="utf-8"))["stages"]
        return {
            stage.split("@")[0]: {
                "data": {dep["path"]: dep["md5"] for dep in found["deps"] if dep["path"].startswith("data/")},
                "params": found.get("params", {}),
            }
            for stage, found in lock.items()
        }
