"""The code of each stage becomes a digest, on which the stages of experiments depend in place of its folders."""

import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from mmner.base.main import run_main


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stages", type=pathlib.Path, required=True, help="the dvc.yaml that says what each imports")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder to write, with a file a stage")
    args = parser.parse_args()

    from mmner.base import atomic, code_digest, yaml_files

    stages = yaml_files.read(args.stages).get("stages") or {}
    args.out.mkdir(parents=True, exist_ok=True)
    for name, stage in stages.items():
        atomic.write_text(args.out / name, code_digest.digest(stage.get("do", stage).get("deps") or []) + "\n")
    print(f"code: {len(stages)} stages of {args.stages}", file=sys.stderr)


if __name__ == "__main__":
    run_main(main)
