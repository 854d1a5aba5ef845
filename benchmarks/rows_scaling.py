"""Whether a row costs the same however many there are: CPU time a row and peak memory of each stage, by rows.

`OMP_NUM_THREADS=1 python -m benchmarks.rows_scaling --rows 10000 100000 --stage expressions`. Posts are made up, each
with texts of its own; they share IMAGES images, and boxes are each row's own.

What takes its corpus whole, and so grows with it, is left out: the backend `tagger` (all items, and a training on the
train split), a language model's `batch` (a conversation a row, and files of at most 100 MB), and the backend
`precomputed` (the file). With --tiny the encoder of texts has a width of 16, so that all costs but its own show.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import yaml

from benchmarks import figures
from benchmarks.figures import Figure
from benchmarks.known_rows import parts, run_process
from benchmarks.pipeline import ROOT, command

STAGES = ("captions", "knowledge", "expressions", "regions", "chains", "features")
IMAGES = 50
FEW = 200  # rows of a run that shows what starting costs
GOAL = 1.1
PLACES = ("harbour", "market", "bridge", "school", "river", "museum", "station", "garden", "theatre", "square")
THINGS = ("violin", "umbrella", "red car", "wooden boat", "street lamp", "brass band", "coffee cup", "brown dog")


def measure(stages: tuple[str, ...], sizes: list[int], tiny: bool) -> list[Figure]:
    """For each stage its CPU time a row, less what its start takes, and its peak memory, at each of `sizes`."""
    found = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
        if tiny:
            _give_encoder(params, folder / "tiny")
        (folder / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
        digests = _images(folder / "data" / "raw" / "sample")
        for stage in stages:
            start, _ = _cost(stage, folder, params, digests, FEW)
            costs = {rows: _cost(stage, folder, params, digests, rows) for rows in sizes}
            by_row = {rows: (cpu - start) / (rows - FEW) for rows, (cpu, _) in costs.items()}
            for rows, (cpu, memory) in costs.items():
                note = f"{cpu:.1f} CPU s, of which {start:.1f} for {FEW} rows"
                found.append(Figure(f"{stage}: {rows:,} rows, CPU time a row", 1000 * by_row[rows], "ms", note=note))
                found.append(Figure(f"{stage}: {rows:,} rows, peak memory", memory, "MB"))
            for one, ten in pairwise(sizes):
                name = f"{stage}: {ten:,} rows to {one:,}"
                found.append(Figure(f"{name}, CPU time a row", by_row[ten] / by_row[one], "times", GOAL))
                found.append(Figure(f"{name}, peak memory", costs[ten][1] / costs[one][1], "times", GOAL))
    return found


def _give_encoder(params: dict, folder: Path) -> None:
    """Let each variant of the stages have a tiny encoder, made in `folder`."""
    folder.mkdir()
    # Elsewhere: a process that is started from one with torch in it would count that one's memory as its peak.
    make = "import pathlib, sys; from tests.fakes import tiny; tiny.encoder(pathlib.Path(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", make, folder], cwd=ROOT, check=True)
    for stage in STAGES:
        for variant in params[stage].values():
            variant |= {"encoder": str(folder)} if "encoder" in variant else {}


def _cost(stage: str, folder: Path, params: dict, digests: list[str], rows: int) -> tuple[float, float]:
    """(CPU seconds, peak MB) of `stage` on `rows` posts, none of them known."""
    prepared, store = folder / "data" / "prepared" / "scaled", folder / "store"
    for made in (prepared, store):
        shutil.rmtree(made, ignore_errors=True)
    _write_inputs(prepared, digests, rows)
    _, script, *arguments = command(stage, "scaled", params["preparations"]["sample"])
    environment = os.environ | {"MMNER_STORE": str(store)}
    call = [sys.executable, str(ROOT / script), *arguments]
    _, cpu, memory = run_process(call, folder, environment, f"{stage}: {rows} rows in, 0 reused, {rows} computed")
    print(f"{stage}, {rows} rows: {cpu:.1f} CPU s, {memory:.0f} MB", file=sys.stderr, flush=True)
    return cpu, memory


def _images(raw: Path) -> list[str]:
    """Make the sample's archive and IMAGES images in `raw`; the digests of these."""
    from PIL import Image

    from mmner import sample

    sample.write(raw)
    draw, digests = random.Random(0), []
    for number in range(IMAGES):
        file = raw / "images" / f"made-{number}.png"
        Image.effect_noise((96, 96), draw.uniform(20, 120)).convert("RGB").save(file)
        digests.append(hashlib.sha256(file.read_bytes()).hexdigest())
    return digests


def _write_inputs(prepared: Path, digests: list[str], rows: int) -> None:
    """Write the artifacts that the stages read, of `rows` rows."""
    from mmner.rows import parquet

    makers = {name: globals()[f"_{name}"] for name in ("captions", "candidates", "knowledge", "expressions", "regions")}
    for name, make in {"examples": lambda n: _examples(n, digests), **makers}.items():
        with parquet.Writer(prepared / f"{name}.parquet", name) as file:
            for part in parts(_rows(make, rows)):
                file.write(part)


def _rows(make, rows: int) -> Iterator[dict]:
    return ({"id": f"p{number}", **make(number), "error": None} for number in range(rows))


def _name(number: int) -> str:
    return f"Mira {number}"


def _tokens(number: int) -> list[str]:
    words = [PLACES[number // 10**place % 10] for place in range(4)]
    return ["At", "the", *words, "with", *_name(number).split(), "and", "friends"]


def _examples(number: int, digests: list[str]) -> dict:
    image = number % IMAGES
    about = {"split": "train", "domain": "town", "language": "en", "source": f"train.txt:{number}"}
    return {"tokens": _tokens(number), "image": f"made-{image}.png", "image_sha256": digests[image], **about}


def _captions(number: int) -> dict:
    thing, other = THINGS[number % 8], THINGS[number // 8 % 8]
    return {"caption": f'A photo of a {thing} beside a {other}, with the words "Hall {number}".'}


def _candidates(number: int) -> dict:
    return {"spans": [{"start": 7, "end": 9, "text": _name(number), "score": 0.5}]}


def _knowledge(number: int) -> dict:
    about = f"{_name(number)} is a singer from {PLACES[number % 10].title()} {number}. She plays the violin."
    ids = {"url": f"A/{number}", "page": number, "revision": 1}
    return {
        "facts": [
            {
                "candidate": _name(number),
                "title": _name(number),
                "summary": about,
                **ids,
                "relevance": 0.5,
                "kept": True,
            }
        ]
    }


def _expressions(number: int) -> dict:
    return {"expressions": [THINGS[number % 8], f"Hall {number}"]}


def _regions(number: int) -> dict:
    box = {"x0": 0.0, "y0": 0.0, "x1": 0.5 + number % 5000 / 10_000, "y1": 0.5 + number // 5000 / 10_000}
    return {"regions": [{"expression": "violin", "label": "violin", "score": 0.5, "box": box}]}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rows_scaling", description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000], help="default %(default)s")
    parser.add_argument("--stage", choices=STAGES, action="append", help="this one alone; repeatable")
    parser.add_argument("--tiny", action="store_true", help="with a tiny encoder of texts")
    args = parser.parse_args()
    print(figures.table(measure(tuple(args.stage or STAGES), args.rows, args.tiny)))


if __name__ == "__main__":
    main()
