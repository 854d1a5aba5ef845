"""For each stage that runs a model, the share of its time outside of the backend's calls."""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

from benchmarks.figures import Figure
from benchmarks.pipeline import ROOT, command

MODELS = ("captions", "candidates", "knowledge", "expressions", "regions", "chains", "features")
SPENT = re.compile(r"([\d.]+) s \(([\d.]+) s in the backend\)")


def measure(rows: int) -> list[Figure]:
    """A figure for each stage: the share of its process's time that its summary line does not count as the backend's.

    No row is reused: all sentences and images differ, and the row store is empty.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        preparation = project(folder, rows)
        figures = []
        for stage in ("examples", *MODELS):
            total, said = run(stage, folder, preparation)
            if stage in MODELS:
                inside = float(SPENT.search(said)[2])
                note = f"{total:.1f} s in all, {inside:.1f} s in the backend, {rows} rows"
                figures.append(Figure(f"{stage}: outside the backend", 100 * (1 - inside / total), "%", 10, note=note))
        return figures


def project(folder: Path, rows: int) -> dict[str, str]:
    """Make `folder` the root of a pipeline on a corpus of `rows` posts, called many; the preparation, its entry."""
    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    preparation = params["preparations"]["sample"] | {"corpus": "many"}
    params["corpora"] = {"many": params["corpora"]["sample"] | {"max_failed": 0.9, "boxes": None}}
    for variant in params["knowledge"].values():
        if "archive" in variant:
            variant["archive"] = "data/raw/many/knowledge.zim"
    (folder / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
    many(folder / "data" / "raw" / "many", rows)
    return preparation


def run(stage: str, folder: Path, preparation: dict[str, str], **variables: str) -> tuple[float, str]:
    """(seconds, what it said) of a process of `stage` in `folder`. variables: of its environment."""
    _, script, *arguments = command(stage, "many", preparation)
    environment = os.environ | {"MMNER_STORE": str(folder / "store")} | variables
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, str(ROOT / script), *arguments], cwd=folder, env=environment, capture_output=True, text=True
    )
    total = time.perf_counter() - started
    if done.returncode:
        raise SystemExit(f"benchmarks: {stage} failed\n{done.stderr}")
    return total, done.stderr


def many(out: Path, rows: int) -> None:
    """Write a corpus of `rows` posts to `out`: the sample's, repeated, each with an ending and a pixel of its own."""
    from PIL import Image

    from mmner import sample

    original = out.with_name("sample")
    sample.write(original)
    posts = [
        (split, post)
        for split in ("train", "dev", "test")
        for post in (original / f"{split}.txt").read_text(encoding="utf-8").strip().split("\n\n")
    ]
    random.Random(0).shuffle(posts)  # so that few rows, too, have posts in each split
    (out / "images").mkdir(parents=True)
    shutil.copy(original / "knowledge.zim", out)
    texts: dict[str, list[str]] = {"train": [], "dev": [], "test": []}
    for number in range(rows):
        split, post = posts[number % len(posts)]
        text = f"{post}\n{number}\tO\n"
        if match := re.match(r"IMGID:(\S+)\n", text):
            name = f"{number}.png"
            text = text.replace(match[0], f"IMGID:{name}\n", 1)
            try:
                with Image.open(original / "images" / match[1]) as image:
                    other = image.convert("RGB")
                other.putpixel((0, 0), (number % 256, number // 256, 0))
                other.save(out / "images" / name, compress_level=1)
            except OSError:  # the sample has broken and missing images on purpose
                text = text.split("\n", 1)[1]
        texts[split].append(text)
    for split, split_posts in texts.items():
        (out / f"{split}.txt").write_text("\n".join(split_posts), encoding="utf-8")
    shutil.rmtree(original)
