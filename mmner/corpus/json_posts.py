"""JSON files of posts: one object a line, or objects over several lines, or all of them in one array."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Annotated

import pydantic
from pydantic import Field

from mmner.base import jsonl
from mmner.base.errors import InputError
from mmner.base.params import Params
from mmner.corpus.posts import Post

SUFFIXES = (".jsonl", ".json", ".ndjson")
LINES, ARRAY, OBJECTS = "JSON Lines", "a JSON array", "JSON objects over several lines"
DOCUMENT_START = "-DOCSTART-"
_OBJECT = re.compile(r'\s*(\[\s*)?\{\s*"(?:[^"\\]|\\.)*"\s*:')
_BLANKS = re.compile(r"[ \t\r\n]*")
_REMEDY = "write one JSON object a line"
Word = Annotated[str, Field(min_length=1)]


class Row(Params):
    """One post: `{"tokens": ["At", "Mira"], "tags": ["O", "B-ORG"], "image": "a.jpg", "id": "a7", "domain": "x"}`."""

    tokens: list[Word]
    tags: list[Word]
    id: Word | None = None
    image: Word | None = None
    domain: Word | None = None


def form(text: str, file: str) -> str | None:
    """Which of LINES, ARRAY and OBJECTS the content `text` of `file` is; None: neither it nor the name is JSON's.

    Errors: InputError `bad-json` where the name is JSON's and the content begins as none.
    """
    start = text.lstrip()[:1]
    if not _OBJECT.match(text):
        if not file.lower().endswith(SUFFIXES):
            return None
        if start not in ("[", "{", ""):
            remedy = f"{_REMEDY}; a file of columns needs another name, such as train.txt"
            line = text[: len(text) - len(text.lstrip())].count("\n") + 1
            raise InputError("bad-json", "no JSON, as its name says", where=f"{file}:{line}", remedy=remedy)
    if start == "[":
        return ARRAY
    whole = (_whole(line) for line in text.split("\n") if line.startswith("{"))
    return LINES if not start or any(whole) else OBJECTS


def read(text: str, file: str, form: str, passed: Counter) -> Iterator[Post]:
    """The posts of JSON `text`, called `file` in messages; id, image and domain may be null or left out.

    A post of the token -DOCSTART- alone is left out, and counted in `passed`.
    Errors: InputError `bad-json`, `bad-post` (a key is missing, unknown or of another type), `tokens-tags-mismatch`,
    `empty-post`.
    """
    for count, (number, post) in enumerate(objects(text, file, form), start=1):
        row = _row(post, f"{file}:{number}" + (f" (post {count})" if form == ARRAY else ""))
        if row.tokens == [DOCUMENT_START]:
            passed["document mark"] += 1
            continue
        post = Post(file, number, row.tokens, row.tags, [number] * len(row.tokens))
        post.id, post.image, post.domain = row.id, row.image, row.domain
        post.number = count if form == ARRAY else None
        yield post


def with_images(text: str, file: str, form: str, images: list[str | None]) -> list[str]:
    """Lines of JSON, an object a post, with other images. `images`: of each post that `read` gives, in order."""
    left = iter(images)
    rows = [post for _, post in objects(text, file, form)]
    return [
        json.dumps(row if row["tokens"] == [DOCUMENT_START] else row | {"image": next(left)}, ensure_ascii=False)
        for row in rows
    ]


def objects(text: str, file: str, form: str) -> Iterator[tuple[int, dict]]:
    """(number of its first line, object) of each post in `text`. Errors: InputError `bad-json`."""
    if form == LINES:
        yield from jsonl.objects(text, file)
        return
    array = form == ARRAY
    at = _BLANKS.match(text).end() + array
    line, counted = 1, 0
    while (at := _BLANKS.match(text, at).end()) < len(text):
        line, counted = line + text.count("\n", counted, at), at
        where = f"{file}:{line}"
        if array and text[at] == "]":
            if rest := text[at + 1 :].strip():
                raise InputError("bad-json", f"{rest[:20]!r} behind the array", where=where, remedy="take it out")
            return
        try:
            value, end = jsonl.DECODER.raw_decode(text, at)
        except (RecursionError, ValueError) as error:
            place = f"{file}:{error.lineno}" if isinstance(error, json.JSONDecodeError) else where
            raise jsonl.bad(error, place, _REMEDY) from error
        yield line, jsonl.checked(value, text[at:end], where, _REMEDY)
        at = _BLANKS.match(text, end).end()
        if array and text[at : at + 1] == ",":
            at += 1
        elif array and text[at : at + 1] != "]":
            line += text.count("\n", counted, at)
            raise InputError("bad-json", "no comma, and no end of the array", where=f"{file}:{line}", remedy=_REMEDY)
    if array:
        last = text.rstrip().count("\n") + 1
        raise InputError("bad-json", "the array has no end", where=f"{file}:{last}", remedy="get the whole file")


def _row(post: dict, where: str) -> Row:
    try:
        row = Row.model_validate(post)
    except pydantic.ValidationError as error:
        raise InputError("bad-post", _wrong(error), where=where, remedy=_remedy(post)) from error
    if len(row.tokens) != len(row.tags):
        what = f"{len(row.tokens)} tokens, {len(row.tags)} tags"
        raise InputError("tokens-tags-mismatch", what, where=where, remedy="give every token one tag")
    if not row.tokens:
        raise InputError("empty-post", "a post without tokens", where=where, remedy="delete it")
    return row


def _wrong(error: pydantic.ValidationError) -> str:
    first = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
    key = str(first["loc"][0])
    if first["type"] == "extra_forbidden":
        return f"unknown key {key}"
    return f"{key} is missing or no list of non-empty strings" if key in ("tokens", "tags") else f"{key} is no text"


def _remedy(post: dict) -> str:
    if isinstance(post.get("image"), list):
        return "write the name of one image: a post has one"
    tags = next((post[key] for key in ("tags", "ner_tags", "labels") if isinstance(post.get(key), list)), [])
    if any(isinstance(tag, int) for tag in tags):
        return "write tags under the key tags, by their names: B-ORG, say, for the number that stands for it"
    if {"ner", "entities", "spans", "ents", "label"} & post.keys() and "tags" not in post:
        return "one tag a token, under the keys tokens and tags; spans: python -m mmner corpus import NAME FILE"
    if "tags" not in post and "ner_tags" in post:
        return "call the key ner_tags tags"
    keys = ", ".join(Row.model_fields)
    return f"keys: {keys}; tokens and tags are lists of texts, the rest are texts and may lack; rename or delete others"


def _whole(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False
