"""Seconds and peak memory of a stage whose rows are all known.

It is measured twice: where the artifact is written anew, as after a change back and forth, and where DVC's cache has
the artifact, as after a change that no row depends on.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
import yaml

from benchmarks.figures import Figure
from benchmarks.pipeline import ROOT, command
from mmner.rows.schemas import CHUNK

SIZES = (1_000, 10_000, 100_000)
START, RATE = 3.0, 1.0  # seconds: of any stage, and for 100,000 rows of text or a GB of vectors
WRITTEN, _ = WAYS = ("written anew", "in DVC's cache")
GROWTH = 1.25  # of memory, from a size to one ten times as large
WIDTH = 1280  # of a vector of EfficientNet-Lite0; a row has one of the image and one of a region: 10 KB
WORDS = ("the", "at", "in", "on", "with", "fair", "band", "street", "shop", "mayor", "river", "market", "tonight")
BOX = {"x0": 0.25, "y0": 0.25, "x1": 0.75, "y1": 0.75}


@dataclass(frozen=True)
class Cost:
    """Of a process: wall-clock and CPU seconds, peak resident memory in MB, and GB of vectors in its artifact."""

    seconds: float
    cpu: float
    memory: float
    vectors: float


def measure(repeat: int, sizes: tuple[int, ...] = SIZES) -> list[Figure]:
    """Figures of `expressions` and `features` at each of `sizes`: the quickest of `repeat` processes, the most memory.

    The rows are made up and so are the answers, which are put into a store: nothing has to be computed to fill it.
    """
    figures = []
    for stage in ("expressions", "features"):
        costs = {rows: _costs(stage, rows, repeat) for rows in sizes}
        for way in WAYS:
            figures += _figures(stage, way, {rows: by_way[way] for rows, by_way in costs.items()})
    return figures


def _figures(stage: str, way: str, costs: dict[int, Cost]) -> list[Figure]:
    """The figures of `costs`, which are by number of rows."""
    figures = []
    for rows, cost in costs.items():
        allowed = START + RATE * (cost.vectors if stage == "features" else rows / 100_000)
        note = f"{cost.cpu:.1f} s of it on the CPU, {cost.memory:.0f} MB at most"
        note += f", {cost.vectors:.2f} GB of vectors" if cost.vectors else ""
        figures.append(Figure(f"{stage}: {rows:,} known rows, {way}", cost.seconds, "s", round(allowed, 2), note=note))
    for one, ten in pairwise(costs):
        more = costs[ten].memory / costs[one].memory
        goal = GROWTH if one > CHUNK else None  # fewer are not yet two chunks of text
        figures.append(Figure(f"{stage}: memory, {ten:,} rows to {one:,}, {way}", more, "times", goal))
    return figures


def _costs(stage: str, rows: int, repeat: int) -> dict[str, Cost]:
    """The cost of each way of WAYS."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = os.environ | {"MMNER_STORE": str(folder / "store")}
        params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
        (folder / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
        prepared = folder / "data" / "prepared" / "known"
        _inputs(prepared, rows)
        _images(folder / "data" / "raw" / "sample" / "images", rows)
        vectors = _fill(stage, folder, params)
        entry = params["preparations"]["sample"]
        _, script, *arguments = command(stage, "known", entry)
        call = [sys.executable, str(ROOT / script), *arguments]
        costs = {}
        for way in WAYS:
            processes = [run_process(call, folder, environment, f"{rows} reused, 0 computed") for _ in range(repeat)]
            cpu, memory = min(each[1] for each in processes), max(each[2] for each in processes)
            costs[way] = Cost(min(each[0] for each in processes), cpu, memory, vectors / 1e9)
            if way == WRITTEN:
                _lock(folder, [prepared / f"{stage}.parquet", prepared / f"{stage}.rows.parquet"])
        return costs


def _lock(folder: Path, files: list[Path]) -> None:
    """Move `files` into DVC's cache and name them in dvc.lock, as `dvc repro` leaves them."""
    outs = []
    for file in files:
        with file.open("rb") as content:
            digest = hashlib.file_digest(content, "md5").hexdigest()
        cached = folder / ".dvc" / "cache" / "files" / "md5" / digest[:2] / digest[2:]
        cached.parent.mkdir(parents=True, exist_ok=True)
        file.rename(cached)
        outs.append({"path": file.relative_to(folder).as_posix(), "md5": digest})
    lock = {"schema": "2.0", "stages": {"known": {"cmd": "", "outs": outs}}}
    (folder / "dvc.lock").write_text(yaml.safe_dump(lock), encoding="utf-8")


def run_process(
    call: list[str], folder: Path, environment: dict[str, str], expected: str
) -> tuple[float, float, float]:
    """(seconds, CPU seconds, peak MB) of the process `call`. Errors: SystemExit where it does not print `expected`."""
    with (folder / "output").open("w+", encoding="utf-8") as output:
        started = time.perf_counter()
        process = subprocess.Popen(call, cwd=folder, env=environment, stderr=output)
        peak = _watch(process.pid)
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        printed = output.read()
        if process.returncode or expected not in printed:
            raise SystemExit(f"benchmarks: a stage failed, or computed what is known\n{printed}")
    return seconds, used.ru_utime + used.ru_stime, peak


def _watch(process: int) -> float:
    """Wait until `process` has ended; the peak of its resident memory in MB.

    Not its ru_maxrss, which is no less than that of the process that started it.
    """
    peak, status = 0, Path(f"/proc/{process}/status")
    while os.waitid(os.P_PID, process, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
        if found := re.search(r"^VmHWM:\s+(\d+) kB", status.read_text(), re.MULTILINE):  # none while it ends
            peak = max(peak, int(found[1]))
        time.sleep(0.02)
    return peak / 1024


def _images(folder: Path, rows: int) -> None:
    """Make the images that `_inputs` names, all empty: a stage whose rows are known only looks whether they exist."""
    folder.mkdir(parents=True)
    for number in range(rows):
        (folder / f"{number}.jpg").touch()


def _inputs(prepared: Path, rows: int) -> None:
    """Write artifacts of `rows` rows: examples of 12 tokens with an image, captions, and regions of one box."""
    from mmner.rows import parquet

    def example(number: int) -> dict:
        tokens = [WORDS[(number // 7**place + place) % len(WORDS)] for place in range(11)] + [str(number)]
        image = {"image": f"{number}.jpg", "image_sha256": hashlib.sha256(str(number).encode()).hexdigest()}
        place = {"split": "train", "domain": "town", "language": "en", "source": f"train.txt:{number}"}
        return {"id": f"p{number}", "tokens": tokens, "error": None, **image, **place}

    makers: dict[str, Callable[[int], dict]] = {
        "examples": example,
        "captions": lambda n: {"id": f"p{n}", "caption": f'A photo of a violin, with the words "{n}".', "error": None},
        "regions": lambda n: {
            "id": f"p{n}",
            "regions": [{"expression": "violin", "label": "violin", "score": 0.5, "box": BOX}],
            "error": None,
        },
    }
    for name, make in makers.items():
        with parquet.Writer(prepared / f"{name}.parquet", name) as file:
            for part in parts(map(make, range(rows))):
                file.write(part)


def _fill(stage: str, folder: Path, params: dict) -> int:
    """Store a made-up answer for each row of `stage`. Returns the bytes of vectors in these answers."""
    from mmner.rows import fingerprints
    from mmner.rows.command import build_backend
    from mmner.rows.inputs import Inputs
    from mmner.rows.stages import STAGES
    from mmner.rows.store import Row, Store

    variant = params["preparations"]["sample"][stage]
    raw = folder / "data" / "raw" / "sample"
    engine = build_backend(STAGES[stage], variant, params[stage][variant], raw)
    prepared = folder / "data" / "prepared" / "known"
    artifacts = {name: prepared / f"{name}.parquet" for name in ("examples", *STAGES[stage].artifacts)}
    posts = Inputs(STAGES[stage], engine, artifacts, {"images": "images"}, raw)
    numbers = np.random.default_rng(0).random((1000, 2, WIDTH)).round(4).astype(np.float32)

    def value(post: dict) -> dict:
        if stage == "expressions":
            return {"expressions": ["violin", post["tokens"][-1]]}
        image, region = numbers[post["index"] % len(numbers)]
        return {"image": image, "regions": [region], "patches": None}

    store, fingerprint, count = Store(folder / "store" / "rows.sqlite"), fingerprints.Fingerprints(stage, engine), 0
    for part in parts(posts):
        store.add(stage, {fingerprint(post): Row(value(post)) for post in part})
        count += len(part)
    store.close()
    return count * numbers[0].nbytes if stage == "features" else 0


def parts(rows: Iterator[dict]) -> Iterator[list[dict]]:
    from mmner.rows.schemas import CHUNK

    rows = iter(rows)
    while part := list(islice(rows, CHUNK)):
        yield part
