"""How a column file is written, found in its own lines before any of them is read: one rule for the whole file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

# Tokens may be invisible (U+200B, U+FE0F, U+00A0, U+0085, ...): blanks are the space and the tab, nothing else, and
# lines end at \n, which is why neither str.split() nor str.splitlines() is used here.
BLANKS = " \t\r"
RUN = re.compile(r"[ \t]+")
HEADER = re.compile(r"(IMGID|ID):[ \t]*(.*)")
TAGGED_IMAGE = re.compile(
    r"IMGID: *(?:([^\t]*[^ \t]) *\t(?:.*[ \t])?|([^\t]*[^ \t]) +)O"
)  # with columns, as tokens have
HEADER_TAG = re.compile(r"O|[A-Z]-\S+")
DOCUMENT_START = re.compile(r"-DOCSTART-(?:[ \t].*)?")  # CoNLL-2003 separates documents by such a line
TAG = re.compile(r"O|[BIESLUMW][-_]\S.*")
COMMENT = re.compile(r"#(?:$| |#|begin document|end document)")
DOCUMENT = re.compile(r"#(?:begin|end) document")
IMAGE = re.compile(r"[# ]*IMGID\b", re.IGNORECASE)
METADATA = re.compile(r"# *[\w.:]+ *= |# *(?:newdoc|newpar)\b|#(?:begin|end) document")
TOKEN_HEADS = {"token", "tokens", "word", "words", "form", "text"}
TAG_HEADS = {"tag", "tags", "label", "labels", "ner", "ner_tag", "ner_tags", "entity", "bio", "iob", "iob2", "ne"}
OTHER_HEADS = {"id", "no", "index", "pos", "chunk", "lemma", "sentence", "sentence #", "#"}


@dataclass(frozen=True)
class Dialect:
    """columns, filled: how many columns most lines of tokens have, and how many of these hold something.

    token, tag: which column is which. numbered: the first counts the tokens of a post. quoted: columns stand in quotes.
    tags: those of the lines that are no comment for sure. heads: number of the line (1-based) that names the columns.
    tagged_images: all IMGID lines have a tag, as if they were tokens. other_tags: so has the column before the last.
    first_tab: the first line with a tab.
    """

    separator: Literal["tab", "blanks"] = "tab"
    columns: int = 2
    filled: int = 2
    token: int = 0
    tag: int = -1
    numbered: bool = False
    quoted: bool = False
    tagged_images: bool = False
    other_tags: bool = False
    heads: int | None = None
    first_tab: int | None = None
    tags: frozenset[str] = frozenset({"O"})

    def split(self, line: str) -> list[str]:
        """The columns of `line`, which has no blanks at its end."""
        return split(line, self.separator)

    def fits(self, columns: Sequence[str]) -> bool:
        """Whether `columns` are as many as in the file's other lines; tabs that only align count for nothing."""
        return len(columns) == self.columns or len(columns) - columns.count("") == self.filled

    def is_tag(self, text: str) -> bool:
        return text in self.tags or TAG.fullmatch(text) is not None

    def comment(self, line: str) -> bool:
        """Whether `line` is a comment where one may stand, above a post; a token # with its tag is none."""
        if not (COMMENT.match(line) or self.numbered) or IMAGE.match(line):
            return False
        if METADATA.match(line) or self.numbered:
            return True
        columns = self.split(line)
        if self.separator == "tab" and len(columns) == 1:  # a # with its tag, and a space where the file has tabs
            words = RUN.split(line)
            return not (len(words) == 2 and self.is_tag(words[1]))
        if len(columns) == 1 or not self.fits(columns):
            return True
        return len(columns) > 2 and not self.is_tag(columns[self.tag])

    def header(self, line: str, inside: bool) -> tuple[str, str] | None:
        """(word, value) of a header line. inside: it stands behind tokens, where `ID:5 O` is the token "ID:5" with its
        tag; `ID: O` is one anywhere.
        """
        if line[:1] != "I":
            return None
        tagged = TAGGED_IMAGE.fullmatch(line)
        if tagged and (self.tagged_images or ("\t" in line and not inside)):
            return "IMGID", tagged[1] or tagged[2]
        if inside and line.startswith("ID:") and self.separator == "blanks":
            columns = self.split(line)
            if len(columns) == self.columns and columns[self.tag] in self.tags:
                return None
        return header_of(line)

    def words(self) -> str:
        """The findings, for a reader."""
        first = "number, " if self.numbered else ""
        order = "the tag first, the token last" if self.tag == 0 else f"{first}token first, tag last"
        separator = "tabs" if self.separator == "tab" else "blanks"
        more = ", in quotes" * self.quoted + f", named in line {self.heads}" * bool(self.heads)
        more += ", tags in the column before it, too" * self.other_tags
        return f"{self.columns} columns separated by {separator}: {order}{more}"


def split(line: str, separator: str) -> list[str]:
    if separator == "blanks":
        return RUN.split(line)
    return [column.strip(" ") for column in line.split("\t")] if " " in line else line.split("\t")


def header_of(line: str) -> tuple[str, str] | None:
    """(word, value) of a header line without columns."""
    match = HEADER.fullmatch(line)
    if not match or "\t" in match[2] or (line[match.end(1) + 1 : match.start(2)] and HEADER_TAG.fullmatch(match[2])):
        return None
    return match[1], match[2]


def detect(lines: Sequence[str]) -> Dialect:
    """The dialect of the file that has these `lines`."""
    tagged = _tagged_images(lines)
    numbered_lines = [(number, line.rstrip(BLANKS)) for number, line in enumerate(lines, start=1)]
    numbered_lines = [(number, line) for number, line in numbered_lines if line and not _special(line, tagged)]
    sure = [pair for pair in numbered_lines if not pair[1].startswith("#")] or [
        pair for pair in numbered_lines if not METADATA.match(pair[1])
    ]
    if not sure:
        return Dialect(tagged_images=tagged)
    first_tab = next((number for number, line in sure if "\t" in line), None)
    separator = _separator([line for _, line in sure])
    heads = None
    if len(sure) > 1 and _names_columns(split(sure[0][1], separator)):
        heads, sure = sure[0][0], sure[1:]
    counts, filled, lasts = Counter(), Counter(), set()
    tag_first = quoted = True
    others = set()
    for _, line in sure:
        columns = split(line, separator)
        counts[len(columns)] += 1
        filled[len(columns) - columns.count("")] += 1
        lasts.add(columns[-1])
        others.add(columns[-2] if len(columns) > 2 else "")
        tag_first = tag_first and len(columns) == 2 and TAG.fullmatch(columns[0]) is not None
        quoted = quoted and _quoted(columns[0])
    numbered = counts.most_common(1)[0][0] > 2 and _numbered(lines[heads or 0 :], separator, tagged)
    if quoted and (all(map(_quoted, lasts)) or not any(map(_quoted, lasts))):
        lasts = {unquoted(last) for last in lasts}
    else:
        quoted = False
    tag_first = tag_first and not all(map(TAG.fullmatch, lasts))
    return Dialect(
        separator=separator,
        columns=counts.most_common(1)[0][0],
        filled=filled.most_common(1)[0][0],
        token=1 if numbered else -1 if tag_first else 0,
        tag=0 if tag_first else -1,
        numbered=numbered,
        quoted=quoted,
        tagged_images=tagged,
        other_tags=len(others) > 1 and all(map(TAG.fullmatch, others)),
        heads=heads,
        first_tab=first_tab,
        tags=frozenset({"O"} | (set() if tag_first else lasts)),
    )


def unquoted(column: str) -> str:
    """`column` without the quotes around it, and those in it written once."""
    return column[1:-1].replace('""', '"') if _quoted(column) else column


def _quoted(column: str) -> bool:
    return len(column) > 1 and column[0] == column[-1] == '"'


def _special(line: str, tagged: bool) -> bool:
    """Whether `line` says nothing of how tokens are written."""
    return bool(
        (line[0] == "I" and (header_of(line) or (tagged and TAGGED_IMAGE.fullmatch(line))))
        or (line[0] == "-" and DOCUMENT_START.fullmatch(line))
    )


def _separator(lines: Sequence[str]) -> Literal["tab", "blanks"]:
    """Tabs, where there are any; unless some lines have spaces, and all read the same whichever it is."""
    tabs = [line for line in lines if "\t" in line]
    if not tabs:
        return "blanks"
    if len(tabs) < len(lines):
        spaces = any(" " in column for line in tabs for column in split(line, "tab"))
        if not spaces and len({len(RUN.split(line)) for line in lines}) == 1:
            return "blanks"
    return "tab"


def _tagged_images(lines: Iterable[str]) -> bool:
    """Whether every IMGID line looks like a token with its tag, and one of them stands where a post begins."""
    above, begins = "", False
    for line in lines:
        line = line.rstrip(BLANKS)
        if line.startswith("IMGID:"):
            if not TAGGED_IMAGE.fullmatch(line):
                return False
            begins = begins or not above or header_of(above) is not None
        above = line
    return begins


def _names_columns(columns: Sequence[str]) -> bool:
    names = {unquoted(column).casefold() for column in columns}
    return bool(names & TOKEN_HEADS and names & TAG_HEADS) and names <= TOKEN_HEADS | TAG_HEADS | OTHER_HEADS


def _numbered(lines: Sequence[str], separator: str, tagged: bool) -> bool:
    """Whether the first column counts 1, 2, 3 (or 0, 1, 2) in each post, and some post has two tokens at least."""
    numbers: list[int | None] = []
    for line in lines:
        line = line.rstrip(BLANKS)
        if not line or _special(line, tagged):
            numbers.append(None)
        elif not line.startswith("#"):
            first = split(line, separator)[0]
            if not (first.isascii() and first.isdigit()):
                return False
            numbers.append(int(first[:9]))
    start = next((number for number in numbers if number is not None), None)
    steps = list(pairwise([None, *numbers]))
    right = all(now is None or now == (start if before is None else before + 1) for before, now in steps)
    return start in (0, 1) and right and any(None not in step for step in steps)
