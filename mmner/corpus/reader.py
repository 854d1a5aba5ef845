"""A corpus folder as the rows of `examples` and `gold`."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path

from mmner.base.errors import InputError
from mmner.corpus import gold_boxes, image_names, split_files, tagging
from mmner.corpus.params import Corpus
from mmner.corpus.posts import Post
from mmner.corpus.split_files import SplitFile
from mmner.ner import iob
from mmner.rows.report import Report

THREADS = 8  # reading and decoding image files releases the interpreter's lock


@dataclass
class Read:
    """What a corpus folder holds: rows of `examples` and `gold`, the stage's report, repaired positions.

    notes: what was read all the same, and is unusual; a line each. looks: the scheme that test's own tags show.
    boxes: rows of `boxes`, in the order of examples.
    """

    examples: list[dict]
    gold: list[dict]
    report: Report
    repaired: list[str]
    notes: list[str]
    looks: str | None = None
    boxes: list[dict] = field(default_factory=list)


def read(raw: str | Path, corpus: Corpus) -> Read:
    """The corpus in folder `raw`, read as `corpus` says; splits in the order train, dev, test.

    Errors: InputError `missing-corpus`, `images-outside-corpus`, those of `split_files.open_split` and of its posts,
    `empty-split`, `duplicate-id`, `unknown-tag`, `iob-violation`, `scheme-differs`, `image-outside-folder`,
    `decompression-bomb`, those of `gold_boxes.read`, and what boxes are refused for.
    """
    started = time.perf_counter()
    raw = Path(raw)
    if not raw.is_dir():
        remedy = "put the corpus there; `python -m mmner corpus show NAME` says where to get it"
        raise InputError("missing-corpus", "no such folder", where=str(raw), remedy=remedy)
    for inside in filter(None, (corpus.images, corpus.boxes)):
        _check_inside(raw, inside)
    files = {split: split_files.open_split(raw / file, file) for split, file in corpus.splits.files().items()}
    posts = {split: list(islice(file.posts(), corpus.limit)) for split, file in files.items()}
    examples, gold, repaired = [], [], []
    sources: dict[str, str] = {}
    for split, of_split in posts.items():
        if not of_split:
            where = str(raw / files[split].file)
            raise InputError("empty-split", f"split {split} holds no post", where=where, remedy="fill it")
        for index, post in enumerate(of_split):
            identifier = post.id or f"{split}-{index}"
            if identifier in sources:
                what = f"id {identifier} is also at {sources[identifier]}"
                raise InputError("duplicate-id", what, where=post.source, remedy="give every post an id of its own")
            sources[identifier] = post.source
            tagged = _tagged(post, corpus, posts)
            repaired += [f"{post.file}:{post.lines[at]}" for at in tagged.places]
            examples.append(example(identifier, split, post, corpus))
            as_written = tagged.as_written if tagged.places else None
            gold.append({"id": identifier, "tags": tagged.tags, "as_written": as_written})
    if repaired and corpus.scheme == "iob2" and tagging.looks_like(chain(*posts.values()), corpus) == "iob1":
        what = "no entity begins with B-, as in IOB1: repair would change train, and test would count nothing"
        remedy = "set `scheme: iob1` for the corpus in params.yaml"
        raise InputError("scheme-differs", what, where=repaired[0], remedy=remedy)
    report = Report("examples", "image", rows=len(examples), computed=len(examples), asked=len(examples))
    renamed = look(examples, raw, corpus)
    report.errors = Counter(row["error"].split(":")[0] for row in examples if row["error"])
    boxes = gold_boxes.read(raw, corpus, examples, gold)
    if boxes.refused:
        raise boxes.refused[0]
    report.seconds = time.perf_counter() - started
    looks = tagging.looks_like(posts.get("test", ()), corpus)
    contents = Read(examples, gold, report, repaired, _notes(files) + renamed + boxes.notes(), looks, boxes.rows)
    lacking = [split for split in files if split != "test" and without_entities(contents, split)]
    contents.notes += [f"{files[split].file}: no entity in {split}" for split in lacking]
    return contents


def _check_inside(raw: Path, inside: str) -> None:
    """Errors: InputError `images-outside-corpus` where the folder `inside` is a link, which DVC does not follow."""
    folder = raw / inside
    if folder.is_symlink() and not folder.exists():  # resolve() raises RuntimeError for one to itself
        remedy = "put the files into a folder there"
        raise InputError("images-outside-corpus", "a link that leads nowhere", where=str(folder), remedy=remedy)
    if not folder.resolve().is_relative_to(raw.resolve()):
        what = f"the folder is a link to {folder.resolve()}: DVC would not see its files change, nor share them"
        remedy = "put the files into the corpus's folder, e.g. cp -r --reflink=auto, or hard links: cp -rl"
        raise InputError("images-outside-corpus", what, where=str(folder), remedy=remedy)


def _tagged(post: Post, corpus: Corpus, posts: dict[str, list[Post]]) -> tagging.Tagged:
    """Errors: InputError `unknown-tag`, `iob-violation`, `scheme-differs`."""

    def advised(error: InputError) -> InputError:
        return tagging.advised(error, list(chain(*posts.values())), corpus)

    try:
        tagged = tagging.tagged(post, corpus)
    except InputError as error:
        raise advised(error) from error
    if tagged.places and corpus.violations == "error":
        raise advised(tagging.violation(post, tagged.places[0], corpus))
    return tagged


def _notes(files: dict[str, SplitFile]) -> list[str]:
    odd = {file.file: file.oddities() for file in files.values()}
    return [f"{file}: read with {', '.join(oddities)}" for file, oddities in odd.items() if oddities]


def check(contents: Read, raw: str | Path, corpus: Corpus) -> None:
    """What `read` lets pass, and no run could use. Errors: InputError `too-many-failed`, `nothing-to-score`."""
    check_failed(contents, raw, corpus)
    check_scored(contents, corpus)


def check_scored(contents: Read, corpus: Corpus) -> None:
    """Errors: InputError `nothing-to-score` where no entity of test counts: F1 would be 0 whatever a model says."""
    if corpus.splits.test and without_entities(contents, "test"):
        remedy = "put posts with entities there, or name a file of such as test in the corpus's splits"
        if contents.looks not in (None, corpus.scheme):
            remedy = (
                f"its tags look like {contents.looks}: set `scheme: {contents.looks}`, or write them in {corpus.scheme}"
            )
        what = "no entity in test that counts: every score would be 0"
        raise InputError("nothing-to-score", what, where=f"{corpus.splits.test}:1", remedy=remedy)


def without_entities(contents: Read, split: str) -> bool:
    """Whether nothing in `split` counts as an entity, strictly."""
    pairs = zip(contents.examples, contents.gold, strict=True)
    return not any(iob.spans(tags["as_written"] or tags["tags"]) for row, tags in pairs if row["split"] == split)


def check_failed(contents: Read, raw: str | Path, corpus: Corpus) -> None:
    """Errors: InputError `too-many-failed` where more than the share `max_failed` lacks a readable image."""
    failed = sum(contents.report.errors.values())
    if failed / len(contents.examples) > corpus.max_failed:
        first = next(row for row in contents.examples if row["error"])
        raise InputError(
            "too-many-failed",
            f"{failed} of {len(contents.examples)} images can't be read, more than max_failed {corpus.max_failed}; "
            f"the first: {first['error']} ({first['source']})",
            where=str(Path(raw) / str(corpus.images)),
            remedy="put the images there, or raise max_failed in params.yaml",
        )


def example(identifier: str, split: str, post: Post, corpus: Corpus) -> dict:
    has_image = post.image is not None and corpus.images is not None
    return {
        "id": identifier,
        "split": split,
        "domain": post.domain or corpus.domain,
        "language": corpus.language,
        "tokens": post.tokens,
        "image": post.image + corpus.image_suffix if has_image else None,
        "image_sha256": None,
        "source": post.source,
        "error": None,
    }


def look(examples: list[dict], raw: Path, corpus: Corpus) -> list[str]:
    """Fill `image_sha256` and `error` of every example with an image, each image file read once.

    Where the file has another suffix than the corpus's entry says, `image` becomes its name: returns a note of these.
    Errors: InputError `image-outside-folder`, `decompression-bomb`, `image-unreadable`.
    """
    named = [row for row in examples if row["image"] is not None]
    if not named:
        return []
    others = image_names.as_there({row["image"] for row in named}, corpus.image_suffix, raw / str(corpus.images))
    renamed = [f"{row['image']} is {others[row['image']]}" for row in named if row["image"] in others]
    sources: dict[str, str] = {}
    for row in named:
        row["image"] = others.get(row["image"], row["image"])
        sources.setdefault(row["image"], row["source"])
    from mmner.base import image_files  # PIL; a corpus without images does not need it

    folder = image_files.Folder(raw / corpus.images)

    def one(name: str) -> tuple[str | None, str | None]:
        path = folder.resolve(name, where=sources[name])
        digest, broken = image_files.examine(path, name, corpus.max_pixels, sources[name])
        if broken and broken.reason == "image unreadable":
            raise broken.as_input_error(name, sources[name]) from broken
        return digest, broken and broken.row_error(name)

    with ThreadPoolExecutor(THREADS) as pool:
        looks = dict(zip(sources, pool.map(one, sources), strict=True))
    for row in named:
        row["image_sha256"], row["error"] = looks[row["image"]]
    return [f"images: {len(renamed)} of another suffix than image_suffix, the first: {renamed[0]}"] if renamed else []
