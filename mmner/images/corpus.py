"""A copy of a corpus in which posts name the images that were found for them.

Lines are copied, not parsed and written anew: tags stay what they were, whatever the corpus calls them.
"""

from __future__ import annotations

import json
import shutil
from collections import defaultdict
from pathlib import Path

from mmner.base import params
from mmner.base.errors import InputError
from mmner.corpus import columns
from mmner.corpus.params import Corpus, load
from mmner.corpus.posts import text

FOLDER = "images"  # in the new corpus


def chosen(everything: dict, name: str) -> tuple[Corpus, dict]:
    """The corpus that is copied into the new corpus `name`, and the variant by which its images are found.

    `everything`: content of params.yaml. Errors: InputError `unknown-section`, `unknown-entry`, `bad-params`.
    """
    variant = dict(params.entry(everything, "images", name))
    where = f"params.yaml: images.{name}"
    if lacking := [key for key in ("corpus", "preparation") if key not in variant]:
        remedy = "name the corpus that gets images, and a preparation of it that has its candidates"
        raise InputError("bad-params", f"no {' and no '.join(lacking)}", where=where, remedy=remedy)
    corpus, preparation = variant.pop("corpus"), variant.pop("preparation")
    if params.entry(everything, "preparations", preparation).get("corpus") != corpus:
        remedy = "name a preparation of that corpus"
        raise InputError("bad-params", f"{preparation} is no preparation of {corpus}", where=where, remedy=remedy)
    source = load(everything, corpus)
    _check(source, load(everything, name), name)
    return source, variant


def _check(source: Corpus, new: Corpus, name: str) -> None:
    """Errors: InputError `bad-params` where params.yaml's entry `new` does not describe what `write` writes."""
    wanted = {"splits": source.splits, "images": FOLDER, "image_suffix": ""}
    wrong = [f"{key} should be {_shown(value)}" for key, value in wanted.items() if getattr(new, key) != value]
    if wrong:
        remedy = "everything else is as in the corpus that gets the images"
        raise InputError("bad-params", "; ".join(wrong), where=f"params.yaml: corpora.{name}", remedy=remedy)


def write(raw: Path, source: Corpus, examples: list[dict], rows: list[dict], backend, out: Path) -> None:
    """Write the new corpus to folder `out`: the split files of corpus `source`, in folder `raw`, with images' names.

    `examples`: rows of that artifact, made from these files. `rows`: those of `images`, whose files `backend` has.
    An image that a post had before is copied, under a name made of its content too.
    Errors: InputError `image-gone`, of `backend.restore`.
    """
    (out / FOLDER).mkdir(parents=True, exist_ok=True)
    posts: dict[str, dict[int, str | None]] = defaultdict(dict)
    for example, row in zip(examples, rows, strict=True):
        name = row["image"]
        if name:
            backend.restore(row)
            backend.shelf.copy(name, out / FOLDER)
        elif has_image(example):
            name = example["image_sha256"] + Path(example["image"]).suffix.lower()
            shutil.copyfile(raw / source.images / example["image"], out / FOLDER / name)
        file, _, line = example["source"].rpartition(":")
        posts[file][int(line)] = name
    for _, file in source.splits:
        lines = text(raw / file, file).split("\n")
        copied = (_objects if file.endswith(".jsonl") else _columns)(lines, posts[file])
        (out / file).parent.mkdir(parents=True, exist_ok=True)
        (out / file).write_bytes("\n".join(copied).encode())


def has_image(example: dict) -> bool:
    """Whether the post has an image that can be read."""
    return bool(example["image"]) and not example["error"]


def _columns(lines: list[str], posts: dict[int, str | None]) -> list[str]:
    """`posts`: number of a post's first line (1-based) -> its image."""
    copied, in_header = [], False
    for number, line in enumerate(lines, start=1):
        if number in posts:
            in_header = True
            copied += [f"IMGID:{posts[number]}"] if posts[number] else []
        header = columns.header_of(line.rstrip(columns.BLANKS)) if in_header else None
        in_header = header is not None
        if not header or header[0] != "IMGID":
            copied.append(line)
    return copied


def _objects(lines: list[str], posts: dict[int, str | None]) -> list[str]:
    return [
        json.dumps(json.loads(line) | {"image": posts[number]}, ensure_ascii=False) if number in posts else line
        for number, line in enumerate(lines, start=1)
    ]


def _shown(value: object) -> str:
    return json.dumps(value if isinstance(value, str) else vars(value))
