"""A small copy of the real pipeline: its dvc.yaml and code, a corpus of a few posts, params cut down to match."""

import contextlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import zlib
from pathlib import Path

import yaml

from tests.pipeline.graph import ROOT

POSTS = {"train": 10, "dev": 3, "test": 3}
RUN = "sample-full"
COUNTING = Path(__file__).parent / "counting"
ROWS = ("captions", "candidates", "knowledge", "expressions", "regions", "chains", "features")  # stages, row by row


class Project:
    """A git repository in `folder` that holds the working tree of this one, and whose corpus is a tiny sample."""

    python_path = str(COUNTING)

    def __init__(self, folder: Path):
        self.folder = folder
        self._copy_tree()
        self.params = self._small_params()
        self.write_params()
        self._make_corpus()
        self.run("git", "init", "-q", "-b", "main")
        self.commit("the pipeline")

    @classmethod
    def at(cls, folder: Path) -> "Project":
        """The project that already is in `folder`: a clone, a copy."""
        project = cls.__new__(cls)
        project.folder = folder
        project.params = yaml.safe_load((folder / "params.yaml").read_text(encoding="utf-8"))
        return project

    def copy(self, folder: Path) -> "Project":
        """This project with its DVC cache and its row store, in `folder`."""
        shutil.copytree(self.folder, folder, ignore=shutil.ignore_patterns("tmp"))
        return self.at(folder)

    def with_tiny_encoder(self, folder: Path, encoder: Path, **training) -> "Project":
        """A copy in `folder` whose variant of `train`, minilm, has this encoder, batches of four, and `training`."""
        copy = self.copy(folder)
        shutil.copytree(encoder, copy.folder / "encoder")
        variant = copy.params["train"]["minilm"] | {"batch_size": 4} | training
        variant["architecture"] |= {"encoder": "encoder", "heads": 2, "latent": 4}
        copy.params["train"] = {"minilm": variant}
        return copy

    def clone(self, folder: Path) -> "Project":
        """What `git clone` brings."""
        self.run("git", "clone", "-q", ".", str(folder))
        return self.at(folder)

    def commit(self, message: str) -> None:
        self.run("git", "add", "-A")
        self.run("git", "commit", "-qm", message)

    def _copy_tree(self) -> None:
        listed = subprocess.run(
            [
                "git",
                "ls-files",
                "-zco",
                "--exclude-standard",
                "--",
                ".dvc",
                ".gitignore",
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
        ids = {f"{split}-{number}" for split, posts in POSTS.items() for number in range(posts)}
        boxes = (raw / "boxes.jsonl").read_text(encoding="utf-8").splitlines()
        kept = [line for line in boxes if json.loads(line)["id"] in ids]
        (tiny / "boxes.jsonl").write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")
        shutil.rmtree(raw)

    @property
    def environment(self) -> dict[str, str]:
        """No store, no path of the tests' own project; `python` and `dvc` are those that run the tests."""
        kept = {name: value for name, value in os.environ.items() if name not in ("MMNER_STORE", "PYTHONPATH")}
        path = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
        threads = {
            "OMP_NUM_THREADS": "1"
        }  # for so few posts, threads that wait for each other cost more than they give
        counting = {"PYTHONPATH": self.python_path, "COUNT_CALLS": str(self.calls_log)}
        people = {
            f"GIT_{role}_{what}": "test@example.org" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
        }
        return kept | threads | counting | people | {"PATH": path, "DVC_NO_ANALYTICS": "1"}

    @property
    def calls_log(self) -> Path:
        """What the stages of this project asked of their backends: `tests/pipeline/counting` writes it."""
        return self.folder / ".dvc" / "tmp" / "calls"

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

    def make(self, *targets: str) -> dict[str, int]:
        """Run `dvc repro`; returns how many rows the backend of each stage that ran was asked for.

        Each stage says the same in the line that it prints.
        """
        self.forget_calls()
        printed = self.run("dvc", "repro", *targets)
        said = {stage: int(count) for stage, count in re.findall(r"(\w+): \d+ rows in, .*? (\d+) computed", printed)}
        asked = {stage: len(self.calls("asked", stage)) for stage in ROWS if stage in said}
        assert asked == {stage: said[stage] for stage in asked}
        return asked

    def reads(self) -> dict[str, set[str]]:
        """The files below data/ that each stage has opened to read since the project was made, by stage."""
        log, found = Path(f"{self.calls_log}.reads"), {}
        for line in log.read_text(encoding="utf-8").splitlines():
            stage, _, path = line.partition(" ")
            found.setdefault(stage, set()).add(path)
        return found

    def forget_calls(self) -> None:
        self.calls_log.parent.mkdir(parents=True, exist_ok=True)
        self.calls_log.write_text("")

    def calls(self, event: str, stage: str) -> list[str]:
        """The ids that the backend of `stage` was `asked` for or has `answered`, once a call."""
        if not self.calls_log.is_file():
            return []
        lines = (line.split(" ") for line in self.calls_log.read_text(encoding="utf-8").splitlines())
        return [name for what, where, *ids in lines if (what, where) == (event, stage) for name in ids]

    def stored(self, stage: str) -> int:
        """How many rows of `stage` the row store of this project holds."""
        path = self.folder / ".dvc" / "mmner" / "rows.sqlite"
        if not path.is_file():
            return 0
        with contextlib.closing(sqlite3.connect(path, timeout=10)) as store:
            if not store.execute("SELECT 1 FROM sqlite_master WHERE name = 'rows'").fetchone():
                return 0
            return store.execute("SELECT count(*) FROM rows WHERE stage = ?", (stage,)).fetchone()[0]

    def forget(self, *stages: str) -> None:
        """Take `stages` out of dvc.lock, as if they had never run: no artifact is known to take rows from."""
        path = self.folder / "dvc.lock"
        lock = yaml.safe_load(path.read_text(encoding="utf-8"))
        kept = {name: found for name, found in lock["stages"].items() if name.split("@")[0] not in stages}
        path.write_text(yaml.safe_dump(lock | {"stages": kept}, sort_keys=False), encoding="utf-8")

    def digests(self) -> dict[str, str]:
        """md5 of each artifact as dvc.lock knows it, by name; without the books of what rows cost."""
        lock = yaml.safe_load((self.folder / "dvc.lock").read_text(encoding="utf-8"))["stages"]
        outs = [out for stage in lock.values() for out in stage["outs"]]
        return {
            Path(out["path"]).stem: out["md5"]
            for out in outs
            if "prepared" in out["path"] and ".rows." not in out["path"]
        }

    def add_post(self, split: str, sentence: str) -> None:
        """A post more at the end of `split`: `sentence`, its first word a PER, with an image of its own."""
        corpus = self.folder / "data" / "raw" / "tiny"
        name = f"{zlib.crc32(sentence.encode())}.jpg"
        some = min(path for path in (corpus / "images").iterdir() if path.stat().st_size)
        (corpus / "images" / name).write_bytes(some.read_bytes() + sentence.encode())
        first, *others = sentence.split()
        lines = [f"IMGID:{name}", f"{first}\tB-PER", *(f"{word}\tO" for word in others)]
        with open(corpus / f"{split}.txt", "a", encoding="utf-8") as file:
            file.write("\n" + "\n".join(lines) + "\n")

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
