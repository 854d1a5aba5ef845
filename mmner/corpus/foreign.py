"""Files that are known for what they are, and are no splits that we read: each is refused with the way from there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from mmner.base.errors import InputError
from mmner.corpus.dialect import BLANKS, DOCUMENT_START, METADATA, RUN, Dialect, header_of

_BEGINNINGS = (
    (b"\x1f\x8b", "a gzip file", "unpack it: gunzip"),
    (b"PK\x03\x04", "a zip archive or a spreadsheet", "unpack it, or save the sheet as text with tabs"),
    (b"BZh91AY&SY", "a bzip2 file", "unpack it: bunzip2"),
    (b"\xfd7zXZ", "an xz file", "unpack it: unxz"),
    (b"PAR1\x15", "a Parquet file", "import it: python -m mmner corpus import NAME FILE"),
    (b"ARROW1\0\0", "an Arrow file", "write its rows as JSON Lines with the keys tokens and tags"),
    (b"%PDF", "a PDF", "get the corpus's text files"),
    (b"version https://git-lfs", "a pointer of Git LFS, not the file", "get the file: git lfs pull"),
    (b"<!doctype", "a web page", "get the file itself: on GitHub, the address behind Raw"),
    (b"<html", "a web page", "get the file itself: on GitHub, the address behind Raw"),
    (b"<?xml", "an XML file", "write it as lines of `token<TAB>tag`"),
)
_NAMED = re.compile(r"([A-Za-z]\w*)=[BIESLUMW][-_]\w")  # a tag in CoNLL-U's last column
_BRACKETS = re.compile(r"\*|\*\)|\([A-Z][A-Z_]*\*?\)?")  # an entity in CoNLL-2012's columns
_CONLLU = (
    "awk -F '\\t' '/^#/ {next} NF < 10 {print \"\"; next} $1 !~ /[-.]/ "
    '{print $2 "\\t" (match($10, /%s=[^|]*/) ? substr($10, RSTART + %d, RLENGTH - %d) : "O")}\' %s > new.txt'
)
_CONLL2012 = (
    'awk \'/^#/ {next} NF < 4 {print ""; next} {e = $%d; if (e ~ /^\\(/) {t = e; gsub(/[^A-Z_]/, "", t); p = "B-"} '
    'print $4 "\\t" (t ? p t : "O"); p = "I-"; if (e ~ /\\)/) t = ""}\' %s > new.txt'
)


def check_bytes(content: bytes, file: str) -> None:
    """Errors: InputError `wrong-format` where `content` of `file` begins as no text file of posts does."""
    start = content[:64].removeprefix(b"\xef\xbb\xbf")
    for beginning, what, remedy in _BEGINNINGS:
        if start.startswith(beginning) or (beginning[:1] == b"<" and start.lstrip().lower().startswith(beginning)):
            raise InputError("wrong-format", what, where=f"{file}:1", remedy=remedy)


def check_lines(lines: Sequence[str], dialect: Dialect, file: str) -> None:
    """Errors: InputError `wrong-format` for CoNLL-U, CoNLL-2012, and columns separated by commas."""
    number, first, marked = _first(lines)
    if not first:
        return
    name = shlex.quote(file)
    columns = dialect.split(first)
    what = remedy = ""
    if (
        len(columns) == 10
        and dialect.separator == "tab"
        and re.fullmatch(r"\d+([-.]\d+)?", columns[0])
        and not _tagged(dialect)
    ):
        keys = {match[1] for tag in dialect.tags for match in [_NAMED.search(tag)] if match}
        key = min(keys, default="NER")
        what = "CoNLL-U: the tag is in no column of its own"
        command = _CONLLU % (key, len(key) + 1, len(key) + 1, name)
        remedy = f"write `token<TAB>tag`, and name that file in splits; where the last column has {key}=, by: {command}"
    elif len(columns) >= 10 and not _tagged(dialect) and (marked or "(TOP" in first):
        what = "CoNLL-2012: entities are in brackets over several lines"
        command = _CONLL2012 % (_entities(lines, dialect) + 1, name)
        remedy = f"write `token<TAB>tag`, and name that file in splits: {command}"
    elif len(columns) == 1 and (separator := re.search(r"[^,;|][,;|][^,;|]", first)):
        what = f"columns separated by {separator[0][1]!r}, in quotes or not: {first!r}"
        remedy = "separate them by tabs, such as a spreadsheet saves them: `token<TAB>tag`, an empty line between posts"
    if what:
        raise InputError("wrong-format", what, where=f"{file}:{number}", remedy=remedy)


def _first(lines: Sequence[str]) -> tuple[int, str, bool]:
    """Number and text of the first line that has columns, and whether a mark of CoNLL-2012 stands above it."""
    marked = False
    for number, line in enumerate(lines, start=1):
        line = line.rstrip(BLANKS)
        marked = marked or line.startswith("#begin document")
        if line and not (
            METADATA.match(line) or line.startswith("# ") or header_of(line) or DOCUMENT_START.match(line)
        ):
            return number, line, marked
    return 0, "", marked


def _tagged(dialect: Dialect) -> bool:
    """Whether the last column holds tags, beside O, which is always counted among them."""
    return any(dialect.is_tag(tag) and re.match("[BIESLUMW][-_]", tag) for tag in dialect.tags)


def _entities(lines: Sequence[str], dialect: Dialect) -> int:
    """Index of the column of CoNLL-2012's entities: behind the speaker, or the last one that has brackets of names."""
    rows = [RUN.split(line.strip(BLANKS)) for line in lines if line.strip(BLANKS) and not line.startswith("#")]
    rows = [row for row in rows if len(row) >= 10]
    shared = range(5, min(map(len, rows)) - 1)
    fits = [at for at in shared if all(_BRACKETS.fullmatch(row[at]) for row in rows)]
    names = [at for at in fits if not any(re.match(r"\((TOP|V\*|ARG|C-|R-)", row[at]) for row in rows)]
    return next(iter(names), 10)
