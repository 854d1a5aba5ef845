"""A corpus folder as the rows of `examples` and `gold`."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from mmner.base.errors import InputError
from mmner.corpus import columns, objects, posts
from mmner.corpus.params import Corpus
from mmner.corpus.posts import Post
from mmner.ner import iob
from mmner.rows import contract

THREADS = 8  # reading and decoding image files releases the interpreter's lock


@dataclass
class Read:
    """What a corpus folder holds: rows of `examples` and `gold`, the stage's report, repaired positions."""

    examples: list[dict]
    gold: list[dict]
    report: contract.Report
    repaired: list[str]


def read(raw: str | Path, corpus: Corpus) -> Read:
    """The corpus in folder `raw`, read as `corpus` says; splits in the order train, dev, test.

    Errors: InputError `missing-corpus`, `missing-split`, `not-utf8`, `empty-split`, `duplicate-id`, `unknown-tag`,
    `iob-violation`, `tokens-tags-mismatch`, `empty-post`, `bad-json`, `bad-post`, `image-outside-folder`,
    `decompression-bomb`, `too-many-failed`.
    """
    started = time.perf_counter()
    raw = Path(raw)
    if not raw.is_dir():
        remedy = "put the corpus there; `python -m mmner corpus show NAME` says where to get it"
        raise InputError("missing-corpus", "no such folder", where=str(raw), remedy=remedy)
    examples, gold, repaired = [], [], []
    sources: dict[str, str] = {}
    for split, file in corpus.splits:
        found = list(read_split(raw, file))
        if not found:
            raise InputError("empty-split", f"split {split} holds no post", where=str(raw / file), remedy="fill it")
        for index, post in enumerate(found):
            identifier = post.id or f"{split}-{index}"
            if identifier in sources:
                what = f"id {identifier} is also at {sources[identifier]}"
                raise InputError("duplicate-id", what, where=post.source, remedy="give every post an id of its own")
            sources[identifier] = post.source
            posts.rename_tags(post, corpus.label_names)
            posts.check_tags(post, corpus.tags)
            written = post.tags
            places = _repair(post, corpus.violations)
            repaired += places
            examples.append(example(identifier, split, post, corpus))
            gold.append({"id": identifier, "tags": post.tags, "as_written": written if places else None})
    report = contract.Report("examples", rows=len(examples), computed=len(examples))
    look(examples, raw, corpus)
    report.errors = Counter(row["error"].split(":")[0] for row in examples if row["error"])
    report.seconds = time.perf_counter() - started
    return Read(examples, gold, report, repaired)


def read_split(raw: Path, file: str) -> Iterator[Post]:
    """The posts of one split's `file` in folder `raw`, as they stand there. Errors: those of the two formats."""
    return (objects if file.endswith(".jsonl") else columns).read(raw / file, file)


def check_failed(found: Read, raw: str | Path, corpus: Corpus) -> None:
    """Errors: InputError `too-many-failed` where more than the share `max_failed` lacks a readable image."""
    failed = sum(found.report.errors.values())
    if failed / len(found.examples) > corpus.max_failed:
        first = next(row for row in found.examples if row["error"])
        raise InputError(
            "too-many-failed",
            f"{failed} of {len(found.examples)} images can't be read, more than max_failed {corpus.max_failed}; "
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


def _repair(post: Post, how: str) -> list[str]:
    """Make each I- tag that continues nothing a B- tag, or raise `iob-violation`; returns where it did so."""
    places = iob.violations(post.tags)
    if places and how == "error":
        at = places[0]
        before = post.tags[at - 1] if at else "the start of the post"
        raise InputError(
            "iob-violation",
            f"{post.tags[at]} follows {before}",
            where=f"{post.file}:{post.lines[at]}",
            remedy="correct the line, or set `violations: repair` for the corpus in params.yaml to make it a B- tag",
        )
    post.tags = iob.repair(post.tags)
    return [f"{post.file}:{post.lines[at]}" for at in places]


def look(examples: list[dict], raw: Path, corpus: Corpus) -> None:
    """Fill `image_sha256` and `error` of every example with an image, each image file read once.

    Errors: InputError `image-outside-folder`, `decompression-bomb`, `image-unreadable`.
    """
    sources: dict[str, str] = {}
    for row in examples:
        if row["image"] is not None:
            sources.setdefault(row["image"], row["source"])
    if not sources:
        return
    from mmner.base import image_files  # PIL; a corpus without images does not need it

    folder = image_files.Folder(raw / corpus.images)

    def one(name: str) -> tuple[str | None, str | None]:
        digest = None
        try:
            content = image_files.read(folder.place(name, where=sources[name]))
            digest = hashlib.sha256(content).hexdigest()
            image_files.inspect(content, name, corpus.max_pixels, where=sources[name])
        except image_files.ImageBroken as error:
            if error.reason == "image unreadable":
                raise error.told(name, sources[name]) from error
            return digest, error.about(name)
        return digest, None

    with ThreadPoolExecutor(THREADS) as pool:
        looks = dict(zip(sources, pool.map(one, sources), strict=True))
    for row in examples:
        if row["image"] is not None:
            row["image_sha256"], row["error"] = looks[row["image"]]
