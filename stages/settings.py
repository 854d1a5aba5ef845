"""Each run of an experiment becomes a file of the params that its stages read."""

import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from mmner.base.main import run_main


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--params", type=pathlib.Path, required=True, help="the experiment's params.yaml")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder to write, with a file a run")
    args = parser.parse_args()

    import json

    from mmner.base import atomic, project

    everything = project.load()
    args.out.mkdir(parents=True, exist_ok=True)
    runs = [name for place in everything.places if place.file == args.params for name in place.entries("runs")]
    for name in runs:
        content = project.used_by_run(everything.of_run(name), name)
        text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)
        atomic.write_text(args.out / f"{name}.json", text + "\n")
    print(f"settings: {len(runs)} runs of {args.params}", file=sys.stderr)


if __name__ == "__main__":
    run_main(main)
