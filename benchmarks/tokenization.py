"""How often each tokenizer splits a corpus's test posts as its files do: `python -m benchmarks.tokenization`.

The tokens of a post are put together as people write them (no blank before a full stop, @name in one), split again, and
compared. Corpora: those of params.yaml and of the catalogue whose files are here.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from mmner.base import params
from mmner.corpus import split_files
from mmner.corpus.params import Corpus, load
from mmner.ner import tokenizers
from mmner.tools import catalogue


def corpora(file: Path) -> dict[str, Corpus]:
    """The corpora of params.yaml, and those of the catalogue, by name."""
    content = params.load(file)
    entries = [catalogue.load(name).params.get("corpora") or {} for name in catalogue.names()]
    everything = {"corpora": dict(item for entry in entries for item in entry.items()) | content["corpora"]}
    return {name: load(everything, name) for name in everything["corpora"]}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tokenization", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("data/raw"), help="where corpora lie (default %(default)s)")
    parser.add_argument("--split", default="test", help="default: %(default)s")
    args = parser.parse_args()
    print("| corpus | posts | " + " | ".join(tokenizers.NAMES) + " | its own |")
    print("|---|---|" + "---|" * (len(tokenizers.NAMES) + 1))
    for name, corpus in corpora(Path("params.yaml")).items():
        file = corpus.splits.files().get(args.split)
        if file is None or not (args.data / name / file).is_file():
            continue
        posts = [post.tokens for post in split_files.open_split(args.data / name / file, file).posts()]
        _, shares = tokenizers.best(posts, corpus.language)
        own = corpus.tokenizer or tokenizers.default(corpus.language)
        cells = " | ".join(f"{shares[each]:.1%}" for each in tokenizers.NAMES)
        print(f"| {name} | {len(posts)} | {cells} | {own} |")


if __name__ == "__main__":
    main()
