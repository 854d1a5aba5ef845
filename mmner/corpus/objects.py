"""JSONL files: one JSON object a post."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mmner.base import jsonl
from mmner.base.errors import InputError
from mmner.corpus.posts import Post, text

REQUIRED = ("tokens", "tags")
OPTIONAL = ("id", "image", "domain")


def read(path: Path, file: str) -> Iterator[Post]:
    """The posts of JSONL file `path`, called `file` in messages.

    `{"tokens": ["At", "Mira"], "tags": ["O", "B-ORG"], "image": "shop.jpg", "id": "a7", "domain": "town"}`;
    id, image and domain may be null or left out.
    Errors: InputError `bad-json`, `bad-post` (a key is missing, unknown or of another type), `tokens-tags-mismatch`,
    `empty-post`, those of `text`.
    """
    for number, row in jsonl.objects(text(path, file), file):
        _check(row, f"{file}:{number}")
        post = Post(file, number, row["tokens"], row["tags"], [number] * len(row["tokens"]))
        post.id, post.image, post.domain = (row.get(key) for key in OPTIONAL)
        yield post


def _check(row: dict, where: str) -> None:
    wrong = None
    if odd := [key for key in row if key not in REQUIRED + OPTIONAL]:
        wrong = f"unknown key {odd[0]}"
    elif odd := [key for key in REQUIRED if not _strings(row.get(key))]:
        wrong = f"{odd[0]} is missing or no list of non-empty strings"
    elif odd := [key for key in OPTIONAL if row.get(key) is not None and not _strings([row[key]])]:
        wrong = f"{odd[0]} is no non-empty string"
    if wrong:
        remedy = f"keys: {', '.join(REQUIRED)} (lists of strings); optional: {', '.join(OPTIONAL)} (strings)"
        raise InputError("bad-post", wrong, where=where, remedy=remedy)
    if len(row["tokens"]) != len(row["tags"]):
        what = f"{len(row['tokens'])} tokens, {len(row['tags'])} tags"
        raise InputError("tokens-tags-mismatch", what, where=where, remedy="give every token one tag")
    if not row["tokens"]:
        raise InputError("empty-post", "a post without tokens", where=where, remedy="delete the line")


def _strings(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) and item for item in value)
