"""UTF-8 text and JSON Lines from users' files, with the line in every error."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from mmner.base import decoding
from mmner.base.errors import InputError

_ZERO = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")  # as JSON writes it, its backslash not itself escaped


class _Twice(ValueError):
    """A key that an object has twice: JSON's readers differ in which of the two they take."""


def _once(pairs: list[tuple[str, object]]) -> dict:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise _Twice(f"the key {next(name for name in names if names.count(name) > 1)!r} stands twice")
    return found


DECODER = json.JSONDecoder(object_pairs_hook=_once)


def decode(content: bytes, file: str) -> str:
    """`content` of `file` as text, without a byte-order mark. Errors: InputError `not-utf8` with the line."""
    return decoding.decoded(content, file)[0]


def objects(content: str, file: str) -> Iterator[tuple[int, dict]]:
    """(line number, object) of each line of `content`; empty lines are passed over.

    Errors: InputError `bad-json` for a line that is no JSON, or no object, has a key twice or what no text can hold.
    """
    remedy = "write one JSON object a line"
    for number, line in enumerate(content.split("\n"), start=1):
        if not line.strip():
            continue
        where = f"{file}:{number}"
        try:
            row = DECODER.decode(line)
        except (RecursionError, ValueError) as error:
            raise bad(error, where, remedy) from error
        yield number, checked(row, line, where, remedy)


def checked(row: object, source: str, where: str, remedy: str) -> dict:
    """`row`, read from the JSON text `source`. Errors: InputError `bad-json`: no object, half a character, a NUL."""
    if not isinstance(row, dict):
        raise InputError("bad-json", "not an object", where=where, remedy=remedy)
    if _ZERO.search(source):
        what = "\\u0000 stands in no text: it ends one for other programs"
        raise InputError("bad-json", what, where=where, remedy="take it out")
    if "\\ud" in source or "\\uD" in source:
        try:
            json.dumps(row, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            half = f"\\u{ord(error.object[error.start]):04x}"
            what = f"{half} is half a character: JSON writes one like an emoji as two such"
            raise InputError(
                "bad-json", what, where=where, remedy="write the whole character, or take it out"
            ) from error
    return row


def bad(error: Exception, where: str, remedy: str) -> InputError:
    """The InputError `bad-json` for what DECODER raised. `remedy`: of what is no JSON."""
    if isinstance(error, json.JSONDecodeError):
        what = f"{error.msg} at column {error.colno}"
    elif isinstance(error, _Twice):
        what, remedy = str(error), "keep one of the two"
    elif isinstance(error, RecursionError):
        what, remedy = "too deep", "take out what is nested so deep"
    else:  # a number of more digits than Python reads
        what, remedy = "a number of too many digits", "write it in quotes if it is an id, else shorter"
    return InputError("bad-json", what, where=where, remedy=remedy)
