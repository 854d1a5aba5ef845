"""List the corpora of the catalogue, show one, or add it to params.yaml."""

from __future__ import annotations

import argparse
from pathlib import Path


def arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser("list", help="the corpora of the catalogue, and which of them are here")
    show = actions.add_parser("show", help="what a corpus is, where its files come from, and what `add` would add")
    add = actions.add_parser("add", help="add a corpus, its variants, preparations and runs to params.yaml")
    for action in (show, add):
        action.add_argument("name", help="as `corpus list` gives it")
    add.add_argument(
        "--preparation", action="append", metavar="NAME", help="add this one of its preparations only; repeatable"
    )
    add.add_argument("--force", action="store_true", help="replace entries of params.yaml that differ")
    for action in actions.choices.values():
        action.add_argument("--data", type=Path, default=Path("data/raw"), help="where corpora lie (%(default)s)")
        action.add_argument("--params", type=Path, default=Path("params.yaml"), help="default: %(default)s")


def main(args: argparse.Namespace) -> None:
    """Errors: InputError of mmner.corpus.catalogue and mmner.corpus.merge; files that lack are told, no error."""
    from mmner import params
    from mmner.corpus import catalogue

    if args.action == "list":
        added = set(params.load(args.params).get("preparations") or {})
        for entry in map(catalogue.load, catalogue.names()):
            here = "files here" if not entry.missing(args.data) else "files missing"
            whole = "added" if added.issuperset(entry.params["preparations"]) else "not added"
            print(f"{entry.name:20} {whole:10} {here:14} {entry.about}")
        return
    entry = catalogue.load(args.name)
    if args.action == "show":
        print(f"{entry.name}: {entry.about}\n")
        print(_files(entry, args.data))
        print(entry.fragment, end="")
        return
    _add(entry, args)


def _add(entry, args: argparse.Namespace) -> None:
    from mmner.corpus import merge

    chosen = entry.choose(args.preparation)
    changed = merge.into_file(args.params, entry.fragment, chosen, force=args.force)
    print("\n".join(f"{how} {section}.{name}" for section, name, how in changed) or f"{args.params} has it all already")
    print(_files(entry, args.data))
    preparations = " ".join(f"examples@{name}" for section, name in sorted(chosen) if section == "preparations")
    print(f"next: dvc repro {preparations}")


def _files(entry, data: Path) -> str:
    """Which files of the corpus are here, and where a user gets those that lack."""
    if not entry.files:
        return ""
    missing = entry.missing(data)
    lines = [f"{data / entry.folder}:"]
    for file, origin in entry.files.items():
        found = (data / entry.folder / file).exists()
        lines.append(f"  {'here' if found else 'MISSING' if file in missing else 'optional'}  {file}: {origin}")
    if missing:
        lines.append(f"  remedy: put what is missing into {data / entry.folder}; docs/data.md says more")
    return "\n".join(lines) + "\n"
