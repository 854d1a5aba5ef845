"""The params of an experiment become a file a run, and a file a stage of each preparation."""

import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from mmner.base.main import run_main


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--params", type=pathlib.Path, required=True, help="the experiment's params.yaml")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder to write")
    parser.add_argument("--stages", type=pathlib.Path, required=True, help="the dvc.yaml that says what each watches")
    args = parser.parse_args()

    import json

    from mmner.base import atomic, project, yaml_files

    everything = project.load()
    own = next(place for place in everything.places if place.file == args.params)
    settings = {name: project.used_by_run(everything.of_run(name), name) for name in own.entries("runs")}
    for stage, stanza in yaml_files.read(args.stages)["stages"].items():
        section = stanza.get("foreach", "")[2:-1]
        for name, entry in own.entries(section).items() if section != "runs" else ():
            watched = stanza["do"].get("params") or []
            settings[f"{stage}@{name}"] = project.watched(everything.looked_up(own), watched, name, entry)
    args.out.mkdir(parents=True, exist_ok=True)
    for name, content in settings.items():
        text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)
        atomic.write_text(args.out / f"{name}.json", text + "\n")
    print(f"settings: {len(settings)} files of {args.params}", file=sys.stderr)


if __name__ == "__main__":
    run_main(main)
