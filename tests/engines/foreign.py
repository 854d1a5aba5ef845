"""Stages of the environment of `make lavis-env`, run as DVC runs them: by the main interpreter."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from mmner.base import interpreter
from mmner.rows import parquet
from tests.corpus.folder import MAPPING
from tests.fakes.pictures import cut, item, photograph

ROOT = Path(__file__).resolve().parents[2]
POSTS = [
    ("one", "navy.jpg", "Grace Hopper in the navy", ["A navy uniform.", "flag"]),
    ("two", "navy.jpg", "an old photograph of an officer , seen in a museum", ["a flag and a uniform"]),
    ("three", "temple.jpg", "Temple", ["temple"]),
    ("four", "flower.jpg", "a flower", ["flower", "a bee in the sun"]),
    ("half", "half.jpg", "broken", ["temple"]),
    ("bare", None, "no image", []),
]


def lavis_python() -> Path:
    """The environment's interpreter. Fails, and does not skip, where there is none."""
    found = interpreter.python("lavis")
    assert found, "no environment: make lavis-env"
    return found


def built(kind: str, folder: Path) -> Path:
    """The folder of a tiny model of `kind` (lavis | groundingdino), with expected.json beside it."""
    folder.mkdir()
    program = ROOT / "tests" / "engines" / "foreign_models.py"
    subprocess.run([lavis_python(), program, kind, folder, photograph("grace_hopper")], check=True)
    return folder


class Workplace:
    """A folder with images (one of them damaged), `examples` and `expressions`, in which a stage is run."""

    def __init__(self, folder: Path):
        self.folder = folder
        images = folder / "raw" / "images"
        images.mkdir(parents=True)
        for name, source in (("navy", "grace_hopper"), ("temple", "china"), ("flower", "flower")):
            shutil.copy(photograph(source), images / f"{name}.jpg")
        cut(images / "half.jpg", photograph("china"))
        common = {"split": "train", "domain": "town", "language": "en", "source": "train.txt:1", "error": None}
        rows, expressions = [], []
        for name, image, sentence, phrases in POSTS:
            digest = item(images / image)["image_sha256"] if image else None
            row = {"id": name, "tokens": sentence.split(), "image": image, "image_sha256": digest}
            rows.append(common | row)
            expressions.append({"id": name, "expressions": phrases, "error": None})
        parquet.write(folder / "examples.parquet", "examples", rows)
        parquet.write(folder / "expressions.parquet", "expressions", expressions)

    def run(self, stage: str, store: str = "store", **variant) -> tuple[int, str]:
        """Runs `stage` with `variant`; returns its exit status and stderr."""
        everything = {"corpora": {"mine": MAPPING | {"images": "images"}}, stage: {"mine": variant}}
        (self.folder / "params.yaml").write_text(yaml.safe_dump(everything), encoding="utf-8")
        command = [sys.executable, ROOT / "stages" / f"{stage}.py", "--corpus", "mine", "--variant", "mine"]
        command += ["--raw", "raw", "--examples", "examples.parquet", "--out", f"{stage}.parquet"]
        command += ["--expressions", "expressions.parquet"] if stage == "regions" else []
        variables = os.environ | {"MMNER_STORE": str(self.folder / store)}
        done = subprocess.run(command, cwd=self.folder, env=variables, capture_output=True, text=True)
        return done.returncode, done.stderr

    def rows(self, stage: str, store: str = "store", **variant) -> list[dict]:
        """The rows of the artifact that `run` writes, read here."""
        status, said = self.run(stage, store, **variant)
        assert status == 0, said
        return parquet.read(self.folder / f"{stage}.parquet", stage)
