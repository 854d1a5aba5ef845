"""What the files of a folder say about the corpus that they are."""

from __future__ import annotations

import os
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from mmner.base.errors import InputError
from mmner.corpus import image_names, split_files, tagging
from mmner.corpus.params import TAKEN, Corpus
from mmner.corpus.posts import Post
from mmner.ner import schemes, tokenizers
from mmner.tools.own_corpus import image_folder

SPLITS = {
    "train": {"train", "training"},
    "dev": {"dev", "valid", "validation", "val", "development", "testa"},
    "test": {"test", "testing", "testb"},
}
TEXTS = {".txt", ".conll", ".iob", ".iob2", ".bio", ".bioes", ".tsv", ".json", ".jsonl", ".data", ""}
LOOKED = 500  # posts whose letters and whose tokens are compared
SCRIPTS = {"CJK": "zh", "HANGUL": "ko", "ARABIC": "ar", "CYRILLIC": "ru", "GREEK": "el", "HEBREW": "he", "THAI": "th"}
SCRIPTS |= {"DEVANAGARI": "hi", "HIRAGANA": "ja", "KATAKANA": "ja"}
KANA = 0.02  # share of letters from which a text with Chinese characters is Japanese
GUESSED = "language: {} is guessed from the letters; --language says otherwise"
BARE = "ENTITY"  # the label of tags that name none


@dataclass(frozen=True)
class Wanted:
    """What the user says; None where the files are to be asked. splits: file by split. limit: posts of each split.

    image_suffix: that of all names, in a folder `images` that was looked at.
    """

    splits: dict[str, str] = field(default_factory=dict)
    images: str | None = None
    language: str | None = None
    domain: str | None = None
    domain_cue: str | None = None
    scheme: str | None = None
    limit: int | None = None
    private: bool = False
    tokenizer: str | None = None
    image_suffix: str | None = None


@dataclass(frozen=True)
class Found:
    """What a folder holds. described: a line for each file. labels: mentions by label, as the files name it.

    label_names: what the files call a label -> a name that a label may have. violations: how many there are, by split.
    posts, with_image: by split, read within the limit.
    tokenizer: that of ner.tokenizers which splits most posts as the files do.
    notes: what the user should know or decide.
    """

    folder: Path
    splits: dict[str, str]
    described: list[str]
    posts: dict[str, int]
    with_image: int
    images: str | None
    image_suffix: str
    language: str
    scheme: str
    tokenizer: str
    labels: Counter
    label_names: dict[str, str]
    violations: dict[str, int]
    notes: list[str]


def find(folder: Path, wanted: Wanted) -> Found:
    """What is in `folder`, as far as `wanted` does not say it.

    Errors: InputError `missing-corpus`, `bad-option`, `no-split`, `several-splits`, `empty-split`, `duplicate-id`,
    `no-images`, `several-images`, `no-label`, `wrong-column`, `unknown-tag`, those of split files.
    """
    if not folder.is_dir():
        raise InputError("missing-corpus", "no such folder", where=str(folder), remedy="name the folder of the files")
    said = {split: _inside(folder, file, split) for split, file in wanted.splits.items()}
    splits = _splits(folder, said)
    files = {split: split_files.open_split(folder / file, file) for split, file in splits.items()}
    posts = {split: list(islice(opened.posts(), wanted.limit)) for split, opened in files.items()}
    everything = [post for of_split in posts.values() for post in of_split]
    _check_posts(folder, splits, posts)
    scheme = wanted.scheme or schemes.looks_like(post.tags for post in everything) or "iob2"
    described = [opened.describe() for opened in files.values()]
    labels = _labels(everything, scheme, described)
    if not wanted.scheme:
        _check_tags(labels, scheme, [splits[split] for split, opened in files.items() if opened.dialect.other_tags])
    label_names = {label: name for label in labels if (name := _name(label)) != label}
    images, suffix, notes = wanted.images and _inside(folder, wanted.images, "images"), wanted.image_suffix, []
    if images is None or suffix is None:
        names = {split: [post.image for post in of if post.image is not None] for split, of in posts.items()}
        images, suffix, notes = image_folder.find(folder, names, images)
    language = wanted.language or language_of(" ".join(post.tokens) for post in everything[:LOOKED])
    if not wanted.language:
        notes.append(GUESSED.format(language))
    tokenizer = wanted.tokenizer
    if tokenizer is None:
        tokenizer, shares = tokenizers.best((post.tokens for post in everything[:LOOKED]), language)
        share = f"{shares[tokenizer]:.0%} of the posts"
        notes.append(f"tokenizer: {tokenizer} splits {share} as these files do, where people write them")
    notes += [f"no {split} split: {without}" for split, without in _WITHOUT.items() if split not in splits]
    return Found(
        folder,
        splits,
        described,
        {split: len(of_split) for split, of_split in posts.items()},
        sum(post.image is not None for post in everything),
        images,
        suffix,
        language,
        scheme,
        tokenizer,
        labels,
        label_names,
        {split: count for split in posts if (count := _violations(posts[split], scheme, labels, label_names))},
        notes,
    )


_WITHOUT = {
    "train": "nothing can be taught on it",
    "dev": "a training keeps its last weights",
    "test": "dev alone is scored",
}


def _inside(folder: Path, said: str, option: str) -> str:
    """The path `said` relative to `folder`, from where it counts. Errors: InputError `bad-option`."""
    path = Path(os.path.abspath(folder / said))
    if not path.is_relative_to(os.path.abspath(folder)):
        what = f"--{option}: {said} is not in the folder of the files, which is copied"
        raise InputError(
            "bad-option", what, where=str(folder), remedy="put it into that folder, and name it from there"
        )
    return path.relative_to(os.path.abspath(folder)).as_posix()


def _check_posts(folder: Path, splits: dict[str, str], posts: dict[str, list[Post]]) -> None:
    """Errors: InputError `empty-split`, `duplicate-id`."""
    seen: dict[str, str] = {}
    for split, of_split in posts.items():
        if not of_split:
            remedy = "fill it, or name the splits that there are by --train, --dev and --test"
            raise InputError("empty-split", f"{split} holds no post", where=str(folder / splits[split]), remedy=remedy)
        for index, post in enumerate(of_split):
            identifier = post.id or f"{split}-{index}"  # as it is read
            if identifier in seen:
                what, remedy = f"id {identifier} is also at {seen[identifier]}", "give every post an id of its own"
                raise InputError("duplicate-id", what, where=post.source, remedy=remedy)
            seen[identifier] = post.source


def _check_tags(labels: Iterable[str], scheme: str, with_others: Sequence[str]) -> None:
    """with_others: files whose last column but one has tags, too. Errors: InputError `wrong-column`, `unknown-tag`."""
    if scheme != "io":
        return
    some = ", ".join(sorted(labels)[:5])
    if with_others:
        what = f"the last column has {some}, and the one before it tags"
        remedy = "make the tag the last column; or --scheme io, where these are the labels"
        raise InputError("wrong-column", what, where=with_others[0], remedy=remedy)
    if all(re.fullmatch(r"[\d.,-]+", label) for label in labels):
        remedy = (
            "write the tags by their names, as B-PER, in the last column; or --scheme io, where these are the labels"
        )
        raise InputError("unknown-tag", f"the tags are numbers: {some}", remedy=remedy)
    if small := [label for label in labels if re.fullmatch(r"o|[bies]-.+", label)]:
        remedy = "write O, B- and I- in capitals; or --scheme io, where these are the labels"
        raise InputError("unknown-tag", f"{small[0]} is no tag of a scheme", remedy=remedy)


def _splits(folder: Path, said: dict[str, str]) -> dict[str, str]:
    """The file of each split, relative to `folder`, in the order train, dev, test."""
    found = split_names(folder, said, TEXTS)
    for split, named in found.items():
        if len(named) > 1:
            raise several(split, named, folder)
    return {split: named[0] for split, named in found.items()}


def split_names(folder: Path, said: dict[str, str], suffixes: set[str]) -> dict[str, list[str]]:
    """The files that may be each split, relative to `folder`, in the order train, dev, test; a single file is train.

    Errors: InputError `no-split`.
    """
    for split, file in said.items():
        if not (folder / file).is_file():
            raise InputError("no-split", f"no file for {split}", where=str(folder / file), remedy="correct the option")
    texts = sorted(
        path.relative_to(folder).as_posix()
        for path in (*folder.glob("*"), *folder.glob("*/*"))
        if path.is_file() and _may_be_split(path, suffixes)
    )
    found = {split: [file] for split, file in said.items()}
    for split in SPLITS if not said else ():
        named = [file for file in texts if _split_of(Path(file).name) == split]
        found |= {split: named} if named else {}
    if not found and len(texts) == 1:
        found = {"train": texts}
    if not found:
        what = f"no file is called as a split: {', '.join(texts[:10])}" if texts else "no text file"
        remedy = f"say which is which by --train, --dev and --test, relative to {folder}"
        raise InputError("no-split", what, where=str(folder), remedy=remedy)
    return {split: found[split] for split in SPLITS if split in found}


def several(split: str, named: list[str], folder: Path) -> InputError:
    remedy = f"choose by --train, --dev and --test, relative to {folder}"
    return InputError("several-splits", f"{', '.join(named)} may be {split}", where=str(folder), remedy=remedy)


def _may_be_split(path: Path, suffixes: set[str]) -> bool:
    """Whether a file is one of posts by its name; an image may be called post-train-7.jpg."""
    suffix = path.suffix.lower()
    named = suffix in suffixes or _split_of(path.name) is not None
    return named and suffix not in image_names.SUFFIXES and path.name[0] != "."


def _split_of(name: str) -> str | None:
    words = set(re.split(r"[^a-z]+", name.lower()))
    return next((split for split, names in SPLITS.items() if names & words), None)


def _labels(posts: Iterable[Post], scheme: str, described: Sequence[str]) -> Counter:
    """How many entities have each label, which is "" where a tag names none. Errors: InputError `no-label`."""
    labels: Counter = Counter()
    for post in posts:
        pairs = [schemes.parse(tag, scheme) or ("O", "") for tag in post.tags]
        labels.update(chunk.label for chunk in schemes.chunks(pairs, scheme))
    if not labels:
        what = f"no tag names an entity; {'; '.join(described)}"
        raise InputError("no-label", what, remedy="put the tag into the last column, or under the key tags")
    return labels


def _name(label: str) -> str:
    """A name that `label` may have in params.yaml."""
    name = re.sub(r"\s+", "_", label) or BARE
    return f"{name}_type" if name in TAKEN else name


def _violations(posts: Sequence[Post], scheme: str, labels: Counter, label_names: dict[str, str]) -> int:
    names = {label_names.get(label, label): "" for label in labels}
    corpus = Corpus(
        splits={"train": "x"}, language="en", labels=names, label_names=label_names, scheme=scheme, violations="repair"
    )
    return sum(len(tagging.tagged(post, corpus, strict=False).places) for post in posts)


def language_of(texts: Iterable[str]) -> str:
    """A guess by the letters' script; what is written in Latin letters is taken for English."""
    letters = [char for text in texts for char in text if char.isalpha()]
    scripts = Counter(SCRIPTS.get(unicodedata.name(char, "").split(" ")[0], "en") for char in letters)
    if scripts["ja"] > KANA * len(letters):
        return "ja"
    return scripts.most_common(1)[0][0] if scripts else "en"
