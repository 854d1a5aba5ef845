"""List the papers' tables as experiments, show one's runs, or add them as folders of experiments/."""

from __future__ import annotations

import argparse
from pathlib import Path

from mmner.base.options import FOLDERS


def arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listed = actions.add_parser("list", help="the experiments, and how many of their runs are added and scored")
    show = actions.add_parser("show", help="an experiment's runs, and what `add` would make of them")
    add = actions.add_parser("add", help="add an experiment's runs as a folder of experiments/")
    move = actions.add_parser("move", help="make folders of the experiments' runs that params.yaml has")
    refresh = actions.add_parser("refresh", help="write the dvc.yaml of each folder anew, as the root's is now")
    for action in (show, add):
        action.add_argument("name", help="as `experiments list` gives it")
        action.add_argument("--corpus", action="append", help="this one's runs only, also one of your own; repeatable")
        action.add_argument("--row", action="append", help="these rows' runs only; repeatable")
        action.add_argument("--seed", action="append", type=int, help="these seeds' runs only; repeatable")
    add.add_argument("--force", action="store_true", help="replace runs, and a dvc.yaml, that differ")
    for action in (move, refresh):
        action.add_argument("--params", type=Path, default=Path("params.yaml"), help="default: %(default)s")
    for action in (listed, show, add):
        action.add_argument("--profile", default="minilm", help="minilm or papers: whose engines (%(default)s)")
        action.add_argument("--data", type=Path, default=FOLDERS["data"], help="where corpora lie (%(default)s)")
        action.add_argument("--params", type=Path, default=Path("params.yaml"), help="default: %(default)s")
        action.add_argument("--runs", type=Path, default=FOLDERS["runs"], help="where runs lie (%(default)s)")


def main(args: argparse.Namespace) -> None:
    """Errors: InputError of mmner.tools.experiments, and `no-runs` where nothing is left to show or add."""
    if args.action in ("list", "move", "refresh"):
        {"list": _list, "move": _move, "refresh": _refresh}[args.action](args)
        return
    from mmner.base import params
    from mmner.tools.experiments import add, lacking, run_specs

    chosen = _chosen(args)
    specs = run_specs.parents(chosen, args.profile) + chosen
    if args.action == "show":
        for run in specs:
            scored = "scored" if (args.runs / run.name / "metrics.json").exists() else ""
            print(f"{run.name:48} {scored:8} {run.note}")
        print("\n" + add.generated_params(specs, args.profile), end="")
        return
    changed = add.add(args.params, specs, args.profile, force=args.force)
    _print_changed(changed)
    print(_missing({run.corpus for run in specs}, args.data), end="")
    print("".join(f"{note}\n" for note in lacking.notes(specs, params.load(args.params))), end="")
    print(
        "next: dvc repro " + " ".join(f"experiments/{one}/dvc.yaml" for one in dict.fromkeys(r.folder for r in chosen))
    )


def _print_changed(changed: list[tuple]) -> None:
    lines = [f"{how} {section}.{name}: experiments/{folder}" for folder, section, name, how in changed]
    print("\n".join(lines) or "it is all there already")


def _move(args: argparse.Namespace) -> None:
    from mmner.tools.experiments import move

    changed = move.move(args.params)
    _print_changed([(folder, section, name, "moved") for folder, section, name in changed])
    if changed:
        print("next: dvc repro, and the same of each folder; known rows and models are taken over, nothing is trained")


def _refresh(args: argparse.Namespace) -> None:
    from mmner.base import project
    from mmner.tools.experiments import folders

    print(
        "\n".join(f"wrote {path}" for path in folders.refresh(project.load(args.params))) or "all are as they should be"
    )


def _missing(corpora: set[str], data: Path) -> str:
    """A line for each of `corpora` of which files are missing under `data`, with the remedy; else ""."""
    from mmner.tools import catalogue

    lacking = [name for name in sorted(corpora & set(catalogue.names())) if catalogue.load(name).missing(data)]
    return "".join(f"{data / name} lacks files: python -m mmner corpus get {name}\n" for name in lacking)


def _list(args: argparse.Namespace) -> None:
    from mmner.base import project
    from mmner.tools.experiments import definitions, run_specs

    added = project.load(args.params).names("runs")
    for name in definitions.names():
        runs = run_specs.with_borrowed_runs(name, args.profile)
        present = sum(run.name in added for run in runs)
        scored = sum((args.runs / run.name / "metrics.json").exists() for run in runs)
        print(f"{name:8} {len(runs):3} runs, {present:3} added, {scored:3} scored  {definitions.load(name).about}")


def _chosen(args: argparse.Namespace) -> list:
    from mmner.base import params
    from mmner.base.errors import InputError
    from mmner.tools.experiments import run_specs

    runs = run_specs.with_borrowed_runs(args.name, args.profile)
    others = [corpus for corpus in args.corpus or () if corpus not in {run.corpus for run in runs}]
    content = params.load(args.params) if others else {}
    for corpus in others:
        if corpus in (content.get("corpora") or {}):
            runs += run_specs.on_own_corpus(args.name, args.profile, corpus, content)
    there = {name: dict.fromkeys(getattr(run, name) for run in runs) for name in ("corpus", "row", "seed")}
    selected = [
        run for run in runs if all(getattr(run, name) in (getattr(args, name) or there[name]) for name in there)
    ]
    absent = [f"{name} {one}" for name in there for one in getattr(args, name) or () if one not in there[name]]
    if absent or not selected:
        what = f"{args.name} in profile {args.profile} has no {absent[0] if absent else 'runs that are all of this'}"
        options = (f"--{name} {', '.join(map(str, there[name]))}" for name in there)
        remedy = f"it has {'; '.join(options)}" if runs else "choose another --profile"
        raise InputError("no-runs", what, remedy=remedy)
    return selected
