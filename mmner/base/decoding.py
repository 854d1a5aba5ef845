"""Bytes of users' files as text: UTF-8, or what a byte-order mark says; anything else is named, never guessed at."""

from __future__ import annotations

import codecs
import re
import shlex

from mmner.base.errors import InputError

# A mark of UTF-32 begins with one of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8", "UTF-8 with a byte-order mark"),
    (codecs.BOM_UTF32_LE, "utf-32-le", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32-be", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
)
_ZEROS = 0.05  # share of bytes that are 0: letters, blanks and line ends of UTF-16 have one each, UTF-8 has none
_EAST_ASIAN = ("GB18030", "SHIFT_JIS", "EUC-KR")


def decoded(content: bytes, file: str) -> tuple[str, str]:
    """`content` of `file` as text without a byte-order mark, and the name of its encoding.

    Errors: InputError `not-utf8` with the line.
    """
    mark, codec, name = next((one for one in _MARKS if content.startswith(one[0])), (b"", "utf-8", "UTF-8"))
    if not mark and (wide := _unmarked(content)):
        what = f"{wide} without a byte-order mark: bytes of 0 between the letters"
        raise InputError("not-utf8", what, where=f"{file}:1", remedy=_convert(wide, file))
    try:
        return content[len(mark) :].decode(codec), name
    except UnicodeDecodeError as error:
        before = content[len(mark) : len(mark) + error.start].decode(codec, errors="ignore")
        raise InputError(
            "not-utf8",
            f"byte 0x{error.object[error.start]:02x} is no {name.split(' ')[0]}",
            where=f"{file}:{before.count(chr(10)) + 1}",
            remedy=_remedy(content, before, bool(mark), file),
        ) from error


def _unmarked(content: bytes) -> str | None:
    """The encoding of two bytes a character that `content` shows by its zeros."""
    odd, even = content[1::2].count(0), content[::2].count(0)
    if odd + even <= _ZEROS * len(content) or min(odd, even) > (odd + even) / 10:
        return None
    return "UTF-16LE" if odd > even else "UTF-16BE"


def _remedy(content: bytes, before: str, marked: bool, file: str) -> str:
    if marked or not before.isascii():  # converting the whole file would spoil what is right in it
        return "all before it is right: correct the line, or get the file again"
    for codec in _EAST_ASIAN if _in_pairs(content) else ():
        try:
            if any("\u3040" <= char <= "\u9fff" or "\uac00" <= char <= "\ud7a3" for char in content.decode(codec)):
                return _convert(codec, file, "or the encoding that it is in")
        except UnicodeDecodeError:
            continue
    return _convert("WINDOWS-1252", file, "or the encoding that it is in")


def _in_pairs(content: bytes) -> bool:
    """Whether bytes beyond ASCII stand in runs, as of a script, and not alone among letters, as umlauts do."""
    runs = [len(run) for run in re.findall(rb"[\x80-\xff]+", content)]
    return sum(run for run in runs if run > 1) > sum(runs) / 2


def _convert(encoding: str, file: str, doubt: str = "") -> str:
    name = shlex.quote(file)
    if doubt:  # the file stays, in case it is in another encoding
        old = shlex.quote(f"{file}.old")
        return f"save the file as UTF-8, e.g. mv {name} {old} && iconv -f {encoding} -t UTF-8 {old} > {name} ({doubt})"
    return f"save the file as UTF-8, e.g. iconv -f {encoding} -t UTF-8 {name} > utf8.tmp && mv utf8.tmp {name}"
