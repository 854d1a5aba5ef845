"""UTF-8 text and JSON Lines from users' files, with the line in every error."""

from __future__ import annotations

import json
from collections.abc import Iterator

from mmner.base.errors import InputError


def decode(content: bytes, file: str) -> str:
    """`content` of `file` as text, without a byte-order mark. Errors: InputError `not-utf8` with the line."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # Offsets of utf-8-sig count from behind the mark, which holds no line end: lines are right either way.
        line = content[: error.start].count(b"\n") + 1
        raise InputError(
            "not-utf8",
            f"byte 0x{error.object[error.start]:02x} is no UTF-8",
            where=f"{file}:{line}",
            remedy=f"save the file as UTF-8, e.g. iconv -f WINDOWS-1252 -t UTF-8 {file}",
        ) from error


def objects(content: str, file: str) -> Iterator[tuple[int, dict]]:
    """(line number, object) of each line of `content`; empty lines are passed over.

    Errors: InputError `bad-json` for a line that is no JSON, or no object.
    """
    remedy = "write one JSON object a line"
    for number, line in enumerate(content.split("\n"), start=1):
        if not line.strip():
            continue
        where = f"{file}:{number}"
        try:
            row = json.loads(line)
        except (json.JSONDecodeError, RecursionError) as error:
            what = f"{error.msg} at column {error.colno}" if isinstance(error, json.JSONDecodeError) else "too deep"
            raise InputError("bad-json", what, where=where, remedy=remedy) from error
        if not isinstance(row, dict):
            raise InputError("bad-json", "not an object", where=where, remedy=remedy)
        yield number, row
