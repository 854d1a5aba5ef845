"""Make a corpus of your own files, import annotations, or list the catalogue's, show one, add it, get it, check it."""

from __future__ import annotations

import argparse
import math
from pathlib import Path

from mmner.base.options import FOLDERS
from mmner.ner.schemes import SCHEMES
from mmner.ner.tokenizers import NAMES as TOKENIZERS

FORMATS = ("auto", "labelstudio", "prodigy", "spacy", "doccano", "parquet", "columns")
LISTED = 20  # lines of an import on the screen; its file has all
KINDS = {"images": "with images", "text": "text only", "experiment": "experiments on these"}


def arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser("list", help="the corpora of the catalogue, and which of them are here")
    show = actions.add_parser("show", help="what a corpus is, where its files come from, and what `add` would add")
    add = actions.add_parser("add", help="add a corpus, its variants, preparations and runs to params.yaml")
    get = actions.add_parser("get", help="fetch a corpus's files from where they are published")
    lint = actions.add_parser("lint", help="what to know of a corpus before trusting a score on it, from its files")
    doubts = actions.add_parser(
        "doubts", help="which tags of gold may be wrong, by a tagger that has not seen them; needs mmner[doubts]"
    )
    new = actions.add_parser("new", help="make a corpus of your own files: params.yaml gets it, and runs on it")
    taken = actions.add_parser(
        "import", help="make a corpus of what an annotation tool exports, as `new` does of files"
    )
    for action in (new, taken):
        action.add_argument("name", help="of the corpus, its preparation and its run: letters, digits, _ and -")
    new.add_argument("folder", type=Path, help="with your files; they are copied to where corpora lie")
    new.add_argument("--images", metavar="FOLDER", help="with the images, within your folder")
    new.add_argument("--scheme", choices=SCHEMES, help="of the tags; else as they look")
    taken.add_argument("source", type=Path, help="file, or folder with a file a split, named by it")
    taken.add_argument("--format", choices=FORMATS, default="auto", help="default: %(default)s, by the content")
    taken.add_argument("--tokenizer", choices=TOKENIZERS, help="splits the texts, whatever tokens the files have")
    taken.add_argument("--split", dest="shares", metavar="80,10,10", help="cut one file into train, dev and test")
    taken.add_argument("--images", type=Path, metavar="FOLDER", help="where the images that posts name are")
    for action in (new, taken):
        _of_own(action)
    for action in (show, add, get):
        action.add_argument("name", help="as `corpus list` gives it")
    doubts.add_argument("name", metavar="PREPARATION", help="of params.yaml, with its examples and gold")
    doubts.add_argument("--tagger", metavar="VARIANT", help="of section candidates (default: the preparation's)")
    doubts.add_argument("--split", choices=("train", "dev", "test"), help="doubt this one alone (default: all)")
    doubts.add_argument("--out", type=Path, metavar="FILE", help="to write (default: data/doubts/PREPARATION.jsonl)")
    doubts.add_argument("--page", type=Path, metavar="FILE.html", help="draw the posts there, the worst first")
    doubts.add_argument("--count", type=int, default=100, metavar="N", help="posts on that page (%(default)s)")
    doubts.add_argument("--prepared", type=Path, default=FOLDERS["prepared"], help="default: %(default)s")
    lint.add_argument("name", help="an entry of params.yaml's section corpora, or of the catalogue")
    lint.add_argument(
        "--encoder", default="embedded:all-MiniLM-L6-v2", help="whose word pieces are counted (%(default)s)"
    )
    lint.add_argument(
        "--against", metavar="OTHER", help="another corpus, or the same: texts and images that stand in both"
    )
    lint.add_argument(
        "--least",
        type=float,
        default=0.8,
        metavar="SHARE",
        help="of shingles that nearly the same texts share (%(default)s)",
    )
    add.add_argument(
        "--preparation", action="append", metavar="NAME", help="add this one of its preparations only; repeatable"
    )
    add.add_argument("--force", action="store_true", help="replace entries of params.yaml that differ")
    get.add_argument("--from", dest="source", type=Path, metavar="FOLDER", help="copy them from here, ask no network")
    get.add_argument("--base-url", metavar="URL", help="a mirror of raw.githubusercontent.com")
    get.add_argument("--accept", action="store_true", help="take files that differ from the catalogue's, on purpose")
    for action in (new, taken, get):
        action.set_defaults(makes_folders=True)
    for action in actions.choices.values():
        action.add_argument("--data", type=Path, default=FOLDERS["data"], help="where corpora lie (%(default)s)")
        action.add_argument("--params", type=Path, default=Path("params.yaml"), help="default: %(default)s")


def _of_own(parser: argparse.ArgumentParser) -> None:
    """What `new` and `import` are told alike."""
    for split in ("train", "dev", "test"):
        parser.add_argument(f"--{split}", metavar="FILE", help=f"the file of {split}, where its name does not say so")
    parser.add_argument("--language", metavar="CODE", help="such as en or zh; else it is guessed from the letters")
    parser.add_argument("--domain", metavar="WORD", help="such as music (default: the name)")
    parser.add_argument("--about", metavar="TEXT", help="what the posts are about; captions are made with it in mind")
    parser.add_argument("--limit", type=int, metavar="N", help="read the first N posts of each split, to try it out")
    parser.add_argument("--private", action="store_true", help="it may not be shared: docs/extending.md")


def main(args: argparse.Namespace) -> None:
    """Errors: InputError of mmner.corpus, and what `lint` says that `examples` refuses; missing files are printed."""
    from mmner.tools import catalogue

    if args.action == "list":
        _list(args)
        return
    if args.action in ("lint", "new", "import", "doubts"):
        {"lint": _lint, "new": _new, "import": _import, "doubts": _doubts}[args.action](args)
        return
    entry = catalogue.load(args.name)
    {"show": _show, "add": _add, "get": _get}[args.action](entry, args)


def _list(args: argparse.Namespace) -> None:
    from mmner.base import params
    from mmner.tools import catalogue

    added = set(params.load(args.params).get("preparations") or {})
    entries = [catalogue.load(name) for name in catalogue.names()]
    for kind, heading in KINDS.items():
        print(f"{heading}:")
        for entry in entries:
            if entry.kind == kind:
                files = "files here" if not entry.missing(args.data) else "files missing"
                state = "added" if added.issuperset(entry.params["preparations"]) else "not added"
                print(f"  {entry.name:20} {state:10} {files:14} {entry.about}")


def _new(args: argparse.Namespace) -> None:
    from mmner.tools import own_corpus

    found, added = own_corpus.new(args.name, args.folder, _wanted(args), data=args.data, file=args.params)
    _tell(found, found.described, found.notes)
    _tell_next(args, found, added)


def _import(args: argparse.Namespace) -> None:
    from mmner.tools.own_corpus import importing

    form = None if args.format == "auto" else args.format
    options = importing.Options(form, args.tokenizer, _shares(args.shares), args.images)
    done = importing.load(args.name, args.source, _wanted(args), options, data=args.data, file=args.params)
    _tell(done.found, done.described, done.notes)
    print(*(f"changed: {line}" for line in done.listed[:LISTED]), sep="\n", end="\n" * bool(done.listed))
    if len(done.listed) > LISTED:
        print(f"changed: {len(done.listed) - LISTED} more in {done.found.folder / importing.LISTING}")
    _tell_next(args, done.found, done.added)
    print(f"import: {done.numbers}")


def _wanted(args: argparse.Namespace):
    """What the options say of a corpus. Errors: InputError `bad-option`."""
    from mmner.base import options
    from mmner.base.errors import InputError
    from mmner.ner import languages
    from mmner.tools import own_corpus

    options.check_number("--limit", args.limit, 1, math.inf)
    if args.language is not None:
        try:
            languages.fold(args.language)
        except ValueError as error:
            raise InputError("bad-option", f"--language: {error}", remedy="a code such as en, zh or pt-BR") from error
    splits = {split: file for split in ("train", "dev", "test") if (file := getattr(args, split))}
    images, scheme = (args.images, args.scheme) if args.action == "new" else (None, None)
    return own_corpus.Wanted(splits, images, args.language, args.domain, args.about, scheme, args.limit, args.private)


def _shares(said: str | None) -> tuple[float, float, float] | None:
    """--split as three numbers. Errors: InputError `bad-option`."""
    from math import isfinite

    from mmner.base.errors import InputError

    if said is None:
        return None
    try:
        train, dev, test = map(float, said.split(","))
    except ValueError:
        train = dev = test = -1.0
    if not all(share >= 0 and isfinite(share) for share in (train, dev, test)) or not train:
        what = f"--split {said}: no shares of train, dev and test"
        raise InputError("bad-option", what, remedy="three numbers, such as 80,10,10 or 80,20,0")
    return train, dev, test


def _tell(found, described: list[str], notes: list[str]) -> None:
    from mmner.tools import own_corpus

    print(f"{found.folder}:", *(f"  {line}" for line in described), sep="\n")
    print("posts: " + ", ".join(f"{count} {split}" for split, count in found.posts.items()))
    counts = ", ".join(f"{count} in {split}" for split, count in found.violations.items())
    where = f" ({counts})" * bool(counts) + "; those in train are repaired" * ("train" in found.violations)
    print(f"scheme {found.scheme}; {sum(found.violations.values())} violations{where}")
    print("labels: " + ", ".join(f"{label or own_corpus.look.BARE} ({n})" for label, n in found.labels.most_common()))
    place = "the folder itself" if found.images == "." else found.images
    where = f"in {place}, suffix {found.image_suffix or 'none'}" if found.images else "none"
    print(f"images: {where}; {found.with_image} posts name one")
    print(*(f"note: {note}" for note in notes), sep="\n")


def _tell_next(args: argparse.Namespace, found, added: list[tuple[str, str]]) -> None:
    print(*(f"added {section}.{entry}" for section, entry in added), sep="\n")
    print(f"next: write what each label is into {args.params}, then")
    print(f"  python -m mmner corpus lint {args.name}")
    stage = "evaluate" if {"dev", "test"} & found.splits.keys() else "train"
    print(f"  dvc repro {stage}@{args.name}" if "train" in found.splits else f"  dvc repro examples@{args.name}")


def _lint(args: argparse.Namespace) -> None:
    from mmner.base import options, project
    from mmner.tools.lint import against, report

    everything = project.load(args.params)
    corpus = report.corpus_of(args.name, everything.place("corpora", args.name).content)
    raw = args.data / args.name
    if args.against is not None:
        options.check_number("--least", args.least, 0.1, 1)
        other = report.corpus_of(args.against, everything.place("corpora", args.against).content)
        splits, others = against.read(raw, corpus), against.read(args.data / args.against, other)
        print(against.report(args.name, splits, args.against, others, args.least))
        return
    print(report.report(args.name, corpus, raw, args.encoder), flush=True)
    if refused := report.refusal(corpus, raw):
        print("\nstage examples will end with:", flush=True)
        raise refused


def _doubts(args: argparse.Namespace) -> None:
    from mmner.base import options, params, project
    from mmner.corpus.params import load
    from mmner.ner import iob
    from mmner.tools.doubts import out_of_fold, pages, ranking

    ranking.check()
    options.check_number("--count", args.count, 1, 100_000)
    content = project.load(args.params).of_preparation(args.name)
    tagger = out_of_fold.tagger_of(content, args.name, args.tagger)
    inventory = iob.tags(load(content, params.corpus_of(content, args.name)).labels)
    splits = (args.split,) if args.split else ("train", "dev", "test")
    rows = pages.read(args.prepared / args.name, splits)
    judged = pages.judged(rows, splits, str(args.prepared / args.name))
    lines = ranking.ranked(judged, out_of_fold.probabilities(rows, inventory, tagger, splits), inventory)
    out = args.out or Path("data/doubts") / f"{args.name}.jsonl"
    pages.write(lines, out)
    tokens = sum(len(line["doubts"]) for line in lines)
    print(f"{out}: {tokens} tags in doubt, in {len(lines)} of {len(judged)} posts")
    if args.page is not None:
        print(f"{args.page}: {pages.draw(lines[: args.count], args.name, args.page)} posts")


def _show(entry, args: argparse.Namespace) -> None:
    print(f"{entry.name}: {entry.about}\n")
    print(_files(entry, args.data))
    print(entry.fragment, end="")


def _get(entry, args: argparse.Namespace) -> None:
    from mmner.tools.catalogue import fetch

    base = args.base_url or fetch.GITHUB
    by_hand = []
    for file, outcome in fetch.fetch(entry, args.data, source=args.source, base=base, accept=args.accept):
        print(f"{outcome:9}{args.data / entry.folder / file}", flush=True)
        if outcome in ("by hand", "optional"):
            by_hand.append(f"  {file}: {entry.files[file]}")
    if by_hand:
        print("put there yourself; docs/data.md says more:", *by_hand, sep="\n")


def _add(entry, args: argparse.Namespace) -> None:
    from mmner.tools.catalogue import merge

    chosen = entry.choose(args.preparation)
    changed = merge.into_file(args.params, entry.fragment, chosen, force=args.force)
    print("\n".join(f"{how} {section}.{name}" for section, name, how in changed) or f"{args.params} has it all already")
    print(_files(entry, args.data))
    preparations = " ".join(f"examples@{name}" for section, name in sorted(chosen) if section == "preparations")
    print(f"next: dvc repro {preparations}")


def _files(entry, data: Path) -> str:
    """The lines about the corpus's files: which are here, and where to get the others."""
    if not entry.files:
        return ""
    missing = entry.missing(data)
    lines = [f"{data / entry.folder}:"]
    for file, origin in entry.files.items():
        present = (data / entry.folder / file).exists()
        lines.append(f"  {'here' if present else 'MISSING' if file in missing else 'optional'}  {file}: {origin}")
    if missing:
        lines.append(f"  remedy: python -m mmner corpus get {entry.name}; docs/data.md says more")
    return "\n".join(lines) + "\n"
