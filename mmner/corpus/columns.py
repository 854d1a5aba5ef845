"""Column files, as CoNLL and the multimodal corpora after it use them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from mmner.base.errors import InputError
from mmner.corpus.posts import Post, text

# Tokens may be invisible (U+200B, U+FE0F, U+00A0, U+0085, ...): blanks are the space and the tab, nothing else, and
# lines end at \n, which is why neither str.split() nor str.splitlines() is used here.
BLANKS = " \t\r"
SEPARATOR = re.compile(r"[ \t]+")
HEADER = re.compile(r"(IMGID|ID):[ \t]*(.*)")
TAG = re.compile(r"O|[A-Z]-\S+")
DOCUMENT_START = "-DOCSTART-"  # CoNLL-2003 separates documents by a post of this token alone


def read(path: Path, file: str) -> Iterator[Post]:
    """The posts of column file `path`, called `file` in messages.

    A post: optional header lines `IMGID:<image>` and `ID:<id>`, then a line a token, its first column the token and
    its last the tag. Blank lines (any number) or a header line end a post; so does the end of the file.
    Errors: InputError `tokens-tags-mismatch` (a line of one column), `empty-post` (headers alone), those of `text`.
    """
    post: Post | None = None
    for number, line in enumerate(text(path, file).split("\n"), start=1):
        line = line.rstrip(BLANKS)
        header = header_of(line)
        if post and (not line or (header and post.tokens)):
            yield from _finished(post)
            post = None
        if not line:
            continue
        post = post or Post(file, number)
        if header:
            _apply(post, *header, number)
        else:
            _add(post, line, number)
    if post:
        yield from _finished(post)


def header_of(line: str) -> tuple[str, str] | None:
    """(word, value) of a header line. `ID: O` is the token "ID:" with its tag, not a header."""
    match = HEADER.fullmatch(line)
    if not match or "\t" in match[2] or (line[match.end(1) + 1 : match.start(2)] and TAG.fullmatch(match[2])):
        return None
    return match[1], match[2]


def _apply(post: Post, word: str, value: str, number: int) -> None:
    name = {"IMGID": "image", "ID": "id"}[word]
    if getattr(post, name) is not None:
        raise _empty(post)
    if not value:
        remedy = f"write {word}:<{name}>, or leave the line out"
        raise InputError("empty-header", f"{word}: without {name}", where=f"{post.file}:{number}", remedy=remedy)
    setattr(post, name, value)


def _add(post: Post, line: str, number: int) -> None:
    columns = SEPARATOR.split(line)
    if len(columns) < 2 or not columns[0]:
        missing = "token" if line[0] in BLANKS else "tag"
        raise InputError(
            "tokens-tags-mismatch",
            f"a line without its {missing}: {line!r}",
            where=f"{post.file}:{number}",
            remedy="write `token<TAB>tag` on every line, and an empty line between posts",
        )
    post.tokens.append(columns[0])
    post.tags.append(columns[-1])
    post.lines.append(number)


def _finished(post: Post) -> Iterator[Post]:
    if not post.tokens:
        raise _empty(post)
    if post.tokens != [DOCUMENT_START]:
        yield post


def _empty(post: Post) -> InputError:
    remedy = "delete its header lines, or put its tokens right below them"
    return InputError("empty-post", "a post without tokens", where=post.source, remedy=remedy)
