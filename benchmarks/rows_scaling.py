"""Whether a row costs the same however many there are: CPU time a row and peak memory of each stage, by rows.

`OMP_NUM_THREADS=1 python -m benchmarks.rows_scaling --rows 10000 100000 --stage expressions`. Posts are made up, each
with texts of its own; they share some images, and boxes are each row's own. A size is run --repeat times, in turn with
the others, and the least counts: beside other work a CPU second does less.

Two stages hold what grows with the corpus, so that their memory has a figure a row and no goal: `examples` the posts,
`candidates` the file of its backend `precomputed`. (The sample's own, `tagger`, holds all items, and trains on the
train split.) A language model's `batch` is left out, too: it has a conversation a row, and files of at most 100 MB.
With --tiny the encoder of texts, and the tower of `features`, have a width of 16, so that all costs but their own show;
without it, `features` take an hour for 100,000 rows.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from itertools import pairwise
from pathlib import Path

import yaml

from benchmarks import figures, made_up_posts
from benchmarks.figures import Figure
from benchmarks.known_rows import run_process
from benchmarks.pipeline import ROOT, command

STAGES = ("examples", "captions", "candidates", "knowledge", "expressions", "regions", "chains", "features")
WHOLE = ("examples", "candidates")  # hold the corpus
FEW = 200  # rows of a run that shows what starting costs
GOAL = 1.1
Costs = dict[int, tuple[float, float]]  # by rows: (CPU seconds, peak MB)


def measure(stages: tuple[str, ...], sizes: list[int], tiny: bool, repeat: int) -> list[Figure]:
    """For each stage its CPU time a row, less what its start takes, and its peak memory, at each of `sizes`."""
    found = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
        params["corpora"]["sample"]["boxes"] = None
        params["candidates"]["minilm"] = {"backend": "precomputed", "file": "candidates.jsonl", "key": "id"}
        if tiny:
            _give_tiny_networks(params, folder)
        (folder / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
        digests = made_up_posts.images(folder / "data" / "raw" / "sample")
        for stage in stages:
            rounds = [
                {rows: _cost(stage, folder, params, digests, rows) for rows in (FEW, *sizes)} for _ in range(repeat)
            ]
            costs = {rows: tuple(map(min, zip(*(each[rows] for each in rounds), strict=True))) for rows in rounds[0]}
            found += _figures(stage, costs.pop(FEW), costs)
    return found


def _figures(stage: str, few: tuple[float, float], costs: Costs) -> list[Figure]:
    """few: the cost of FEW rows."""
    by_row = {rows: (cpu - few[0]) / (rows - FEW) for rows, (cpu, _) in costs.items()}
    found = []
    for rows, (cpu, memory) in costs.items():
        note = f"{cpu:.1f} CPU s, of which {few[0]:.1f} for {FEW} rows"
        found.append(Figure(f"{stage}: {rows:,} rows, CPU time a row", 1000 * by_row[rows], "ms", note=note))
        found.append(Figure(f"{stage}: {rows:,} rows, peak memory", memory, "MB"))
    for one, ten in pairwise(costs):
        name, more = f"{stage}: {ten:,} rows to {one:,}", costs[ten][1] - costs[one][1]
        found.append(Figure(f"{name}, CPU time a row", by_row[ten] / by_row[one], "times", GOAL))
        if stage in WHOLE:
            found.append(Figure(f"{name}, memory a row", 1000 * more / (ten - one), "KB", note="the corpus is held"))
        else:
            found.append(Figure(f"{name}, peak memory", costs[ten][1] / costs[one][1], "times", GOAL))
    return found


def _give_tiny_networks(params: dict, folder: Path) -> None:
    """Let each variant of the stages have a tiny encoder, and `features` a tiny tower, made in `folder`."""
    # Elsewhere: a process that is started from one with torch in it would count that one's memory as its peak.
    make = (
        "import pathlib, sys; from tests.fakes import tiny, tiny_models; here = pathlib.Path(sys.argv[1])\n"
        "for name in ('encoder', 'tower'): (here / name).mkdir()\n"
        "tiny.encoder(here / 'encoder'); tiny_models.vision(here / 'tower', 'vit')"
    )
    subprocess.run([sys.executable, "-c", make, folder], cwd=ROOT, check=True)
    for stage in set(STAGES) - {"examples"}:
        for variant in params[stage].values():
            variant |= {"encoder": str(folder / "encoder")} if "encoder" in variant else {}
    params["features"]["efficientnet"] = {"backend": "vision", "weights": str(folder / "tower")}


def _cost(stage: str, folder: Path, params: dict, digests: list[str], rows: int) -> tuple[float, float]:
    """(CPU seconds, peak MB) of `stage` on `rows` posts, none of them known."""
    raw, prepared, store = folder / "data" / "raw" / "sample", folder / "data" / "prepared" / "scaled", folder / "store"
    for made in (prepared, store):
        shutil.rmtree(made, ignore_errors=True)
    if stage == "examples" or stage == "candidates":
        made_up_posts.write_corpus(raw, rows)
    if stage != "examples":
        made_up_posts.write_artifacts(prepared, digests, rows)
    _, script, *arguments = command(stage, "scaled", params["preparations"]["sample"])
    environment = os.environ | {"MMNER_STORE": str(store)}
    call = [sys.executable, str(ROOT / script), *arguments]
    _, cpu, memory = run_process(call, folder, environment, f"{stage}: {rows} rows in, 0 reused, {rows} computed")
    print(f"{stage}, {rows} rows: {cpu:.1f} CPU s, {memory:.0f} MB", file=sys.stderr, flush=True)
    return cpu, memory


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rows_scaling", description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000], help="default %(default)s")
    parser.add_argument("--stage", choices=STAGES, action="append", help="this one alone; repeatable")
    parser.add_argument("--tiny", action="store_true", help="with a tiny encoder of texts, and a tiny tower")
    parser.add_argument("--repeat", type=int, default=1, help="runs of each size (default %(default)s)")
    args = parser.parse_args()
    print(figures.table(measure(tuple(args.stage or STAGES), args.rows, args.tiny, args.repeat)))


if __name__ == "__main__":
    main()
