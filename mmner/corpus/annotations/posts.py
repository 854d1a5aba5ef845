"""A post as an annotation tool gives it: a text with spans, or tokens with tags."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

from mmner.base.errors import InputError
from mmner.ner.tokenizers import Token

REMEDY = "correct it there, or take it out: 0 <= start < end, end exclusive, and neither is behind the text's end"


@dataclass(frozen=True)
class Span:
    """The entity text[start:end], in code points."""

    start: int
    end: int
    label: str


@dataclass(kw_only=True)
class Annotated:
    """What every post has. place: file:line. image: a name, or the image file's content. read: whether the tool that
    wrote it could read the post."""

    place: str
    id: str | None = None
    image: str | bytes | None = None
    domain: str | None = None
    read: bool = True


@dataclass(kw_only=True)
class Spanned(Annotated):
    """tokens: the file's own, if it has any, none of them blank. dropped: entities that are no span, a line each."""

    text: str
    spans: list[Span] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    tokens: list[Token] | None = None


@dataclass(kw_only=True)
class Tagged(Annotated):
    """tags: of the file's own scheme."""

    tokens: list[str]
    tags: list[str]


@dataclass
class Source:
    """The posts of `file`, of which the file has `skipped` more, by the reason. described: the file in one line."""

    file: str
    format: str
    posts: list[Spanned | Tagged] = field(default_factory=list)
    skipped: Counter = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    described: str = ""


def span(text: str, start: object, end: object, label: str, place: str) -> Span:
    """Errors: InputError `bad-span` where start..end is no part of `text`, or blanks alone."""
    if type(start) is not int or type(end) is not int:
        what = f"a span of {label} from {start!r} to {end!r}, which are no whole numbers"
        raise InputError("bad-span", what, where=place, remedy=REMEDY)
    if not 0 <= start < end <= len(text):
        what = f"a span of {label} from {start} to {end}, in a text of {len(text)} characters"
        raise InputError("bad-span", what, where=place, remedy=REMEDY)
    if not text[start:end].strip():
        what = f"a span of {label} from {start} to {end} that holds blanks alone"
        raise InputError("bad-span", what, where=place, remedy=REMEDY)
    return Span(start, end, label)


def string(row: dict, key: str, place: str) -> str:
    """Errors: InputError `no-text` where `row` has no text at `key`."""
    if not isinstance(row.get(key), str):
        what = f"no text under the key {key}, but {', '.join(row) or 'nothing'}"
        raise InputError("no-text", what, where=place, remedy=f"write the post's text as {key}, or choose --format")
    return row[key]


def objects(value: object, key: str, place: str) -> list[dict]:
    """`value`, a list of objects; [] for null. Errors: InputError `bad-post`."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        remedy = "export it again, or choose --format"
        raise InputError("bad-post", f"{key} is no list of objects", where=place, remedy=remedy)
    return value


def name(value: object) -> str | None:
    """An id or a domain as text; None where it is neither text nor a whole number."""
    return str(value) if type(value) is int or (isinstance(value, str) and value) else None


def path_of(address: str) -> str:
    """The file that `address` names: of https://x/a.jpg?size=2, s3://..., /data/upload/1/a.jpg and Label Studio's
    /data/local-files/?d=a.jpg; any other is a path already."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return address
    local = parse_qs(parts.query).get("d") if parts.path.endswith("local-files/") else None
    if local:
        return local[0]
    whole = parts.scheme and "://" in address
    return unquote(parts.path) if whole or address.startswith("/") else address
