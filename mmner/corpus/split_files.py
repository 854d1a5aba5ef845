"""A split's file: what it is, by its content, and the posts in it.

train.txt: UTF-8, lines end in \\n, 2 columns separated by tabs: token first, tag last
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mmner.base import decoding
from mmner.base.errors import InputError
from mmner.corpus import conll, dialect, foreign, json_posts
from mmner.corpus.dialect import Dialect
from mmner.corpus.posts import Post


@dataclass
class SplitFile:
    """The content of a split's file, called `file` in messages.

    text: lines end in \\n. form: of JSON (see json_posts); None for columns, which `dialect` describes. passed: lines
    that were no part of a post, by what they were, once `posts` has run to its end.
    """

    file: str
    text: str
    encoding: str
    line_ends: str
    form: str | None
    dialect: Dialect
    passed: Counter = field(default_factory=Counter)

    def posts(self) -> Iterator[Post]:
        """Errors: InputError, those of mmner.corpus.conll and mmner.corpus.json_posts."""
        self.passed.clear()
        if self.form:
            yield from json_posts.read(self.text, self.file, self.form, self.passed)
        else:
            yield from conll.read(self.text.split("\n"), self.file, self.dialect, self.passed)

    def oddities(self) -> list[str]:
        """What is unusual about the file, and was read all the same."""
        odd = [] if self.encoding.startswith("UTF-8") else [self.encoding]
        odd += ["lines that end in \\r alone"] if self.line_ends == "\\r" else []
        if not self.form:
            odd += ["the tag first"] if self.dialect.tag == 0 else []
            odd += ["numbered tokens"] if self.dialect.numbered else []
            odd += ["columns in quotes"] if self.dialect.quoted else []
            odd += ["IMGID lines with a tag"] if self.dialect.tagged_images else []
        return odd + [
            f"{count} {kind}{'s' * (count > 1)}" for kind, count in self.passed.items() if kind != "document mark"
        ]

    def describe(self) -> str:
        """The file in one line, once `posts` has run to its end."""
        ends = f"lines end in {self.line_ends}"
        passed = [f"{count} {kind}{'s' * (count > 1)} left out" for kind, count in self.passed.items()]
        images = ["IMGID lines have a tag"] * self.dialect.tagged_images
        return f"{self.file}: " + ", ".join([self.encoding, ends, self.form or self.dialect.words(), *images, *passed])


def open_split(path: Path, file: str) -> SplitFile:
    """The split file at `path`, called `file` in messages.

    Errors: InputError `missing-split`, `unreadable-split`, `not-utf8`, `mixed-line-ends`, `bad-json`, `wrong-format`.
    """
    content = _bytes(path)
    foreign.check_bytes(content, file)
    text, encoding = decoding.decoded(content, file)
    text, line_ends = _lines(text, file)
    form = json_posts.form(text, file)
    written_as = Dialect()
    if form is None:
        lines = text.split("\n")
        written_as = dialect.detect(lines)
        foreign.check_lines(lines, written_as, file)
    return SplitFile(file, text, encoding, line_ends, form, written_as)


def read(path: Path, file: str) -> Iterator[Post]:
    """The posts of the split file at `path`, called `file` in messages. Errors: InputError, see `open_split`."""
    return open_split(path, file).posts()


def check_there(path: Path) -> None:
    """Errors: InputError `missing-split`."""
    if not path.is_file():  # a pipe or a device would be waited for, a link to itself raises
        what = "no file to be read from" if path.exists() or path.is_symlink() else "no such file"
        remedy = "put the file there, or correct the corpus's splits in params.yaml"
        raise InputError("missing-split", what, where=str(path), remedy=remedy)


def _bytes(path: Path) -> bytes:
    check_there(path)
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError("unreadable-split", str(error.strerror), where=str(path), remedy="mend that first") from error


def _lines(text: str, file: str) -> tuple[str, str]:
    """`text` with lines that end in \\n (a \\r before it is a blank, to all who read), and what they ended in."""
    if "\r" not in text:
        return text, "\\n"
    if "\n" not in text:
        return text.replace("\r", "\n"), "\\r"
    for number, line in enumerate(text.split("\n"), start=1):
        if "\r" in line.rstrip(dialect.BLANKS):
            what = "a line that ends in \\r alone, in a file whose others end in \\n"
            remedy = "save the file with one kind of line ends, e.g. by an editor, or tr '\\r' '\\n'"
            raise InputError("mixed-line-ends", what, where=f"{file}:{number}", remedy=remedy)
    return text, "\\r\\n"
