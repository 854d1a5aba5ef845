"""UTF-8 text and JSON Lines from users' files, with the line in every error."""

from __future__ import annotations

import json
from collections.abc import Iterator

from mmner.base import decoding
from mmner.base.errors import InputError


def decode(content: bytes, file: str) -> str:
    """`content` of `file` as text, without a byte-order mark. Errors: InputError `not-utf8` with the line."""
    return decoding.decoded(content, file)[0]


def objects(content: str, file: str) -> Iterator[tuple[int, dict]]:
    """(line number, object) of each line of `content`; empty lines are passed over.

    Errors: InputError `bad-json` for a line that is no JSON, or no object, or holds what no text can hold.
    """
    remedy = "write one JSON object a line"
    for number, line in enumerate(content.split("\n"), start=1):
        if not line.strip():
            continue
        where = f"{file}:{number}"
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise InputError("bad-json", f"{error.msg} at column {error.colno}", where=where, remedy=remedy) from error
        except (RecursionError, ValueError) as error:  # ValueError: a number of more digits than Python reads
            raise InputError("bad-json", beyond(error), where=where, remedy=remedy) from error
        yield number, checked(row, line, where, remedy)


def checked(row: object, source: str, where: str, remedy: str) -> dict:
    """`row`, read from the JSON text `source`. Errors: InputError `bad-json`: no object, half a character."""
    if not isinstance(row, dict):
        raise InputError("bad-json", "not an object", where=where, remedy=remedy)
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


def beyond(error: Exception) -> str:
    """What `error`, of a JSON parser, says of a text that is JSON."""
    return "too deep" if isinstance(error, RecursionError) else "a number of too many digits"
