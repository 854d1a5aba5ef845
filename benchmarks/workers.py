"""What workers save: the seconds of a stage with several of them, as a share of those of one process.

`python -m benchmarks.workers --rows 4000 --workers 2`, on a machine with as many idle cores as workers. Captions are of
the sample's images, each with a pixel of its own; expressions of made-up posts, captions and candidates.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from benchmarks import figures, made_up_posts
from benchmarks.figures import Figure
from benchmarks.stage_overhead import project, run

STAGES = ("captions", "expressions")
GOAL = {2: 0.6}  # by number of workers


def measure(rows: int, workers: int, stages: tuple[str, ...] = STAGES) -> list[Figure]:
    """A figure for each of `stages`; one thread a process. Errors: SystemExit where the artifacts' bytes differ."""
    found = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        preparation = project(folder, rows)
        for stage in stages:
            if stage == "captions":
                run("examples", folder, preparation)
            else:
                digests = made_up_posts.images(folder / "data" / "raw" / "sample")
                made_up_posts.write_artifacts(folder / "data" / "prepared" / "many", digests, rows)
            seconds, contents = {}, {}
            for number in (1, workers):
                settings = {"MMNER_WORKERS": str(number), "OMP_NUM_THREADS": "1"}
                store = str(folder / f"{stage}-{number}")  # an empty one, so that nothing is known
                seconds[number], _ = run(stage, folder, preparation, MMNER_STORE=store, **settings)
                contents[number] = (folder / f"data/prepared/many/{stage}.parquet").read_bytes()
            if contents[1] != contents[workers]:
                raise SystemExit(f"benchmarks: {stage} by {workers} workers is another artifact")
            note = f"{seconds[1]:.1f} s and {seconds[workers]:.1f} s, {rows} rows, an equal artifact"
            share = seconds[workers] / seconds[1]
            found.append(Figure(f"{stage}: {workers} workers", share, "times", GOAL.get(workers), note=note))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.workers", description=__doc__)
    parser.add_argument("--rows", type=int, default=4000, help="posts (default %(default)s)")
    parser.add_argument("--workers", type=int, default=2, help="(default %(default)s)")
    parser.add_argument("--stage", choices=STAGES, action="append", help="this one alone; repeatable")
    args = parser.parse_args()
    print(figures.table(measure(args.rows, args.workers, tuple(args.stage or STAGES))))


if __name__ == "__main__":
    main()
