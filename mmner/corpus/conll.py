"""Column files, as CoNLL and the multimodal corpora after it use them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from mmner.base.errors import InputError
from mmner.corpus.dialect import BLANKS, DOCUMENT, DOCUMENT_START, IMAGE, TAG, Dialect, unquoted
from mmner.corpus.posts import Post

NAMES = {"IMGID": "image", "ID": "id"}


def read(lines: Sequence[str], file: str, dialect: Dialect, passed: Counter) -> Iterator[Post]:
    """The posts of `lines`, of a column file called `file` in messages, which is written in `dialect`.

    A post: optional header lines `IMGID:<image>` and `ID:<id>`, then a line a token. Blank lines (any number), a header
    line or a document mark end a post; so does the end of the file. `passed` counts the lines that are no part of a
    post: comments, document marks, column names.
    Errors: InputError `tokens-tags-mismatch` (a line of one column), `columns-differ`, `empty-post` (headers alone),
    `empty-header`, `repeated-header`, `bad-header`.
    """
    post: Post | None = None
    for number, line in enumerate(lines, start=1):
        line = line.rstrip(BLANKS)
        inside = post is not None and bool(post.tokens)
        kind = passed_over(line, number, dialect, inside) if line else None
        header = None if kind or not line else dialect.header(line, inside)
        if post and (not line or (inside and (header or kind))):
            yield _finished(post)
            post = None
        if kind:
            passed[kind] += 1
        if kind or not line:
            continue
        post = post or Post(file, number)
        if header:
            _apply(post, *header, number)
        else:
            _add(post, line, number, dialect)
    if post:
        yield _finished(post)


def passed_over(line: str, number: int, dialect: Dialect, inside: bool) -> str | None:
    """What `line` is where it is no part of a post. inside: it stands behind a post's tokens, where no comment can."""
    if line.startswith("-") and DOCUMENT_START.fullmatch(line):
        return "document mark"
    if line.startswith("#") and (not inside or DOCUMENT.match(line)) and dialect.comment(line):
        return "comment"
    return "line of column names" if number == dialect.heads else None


def with_images(lines: Sequence[str], dialect: Dialect, images: dict[int, str | None]) -> list[str]:
    """`lines` with other images. `images`: number of a post's first line (1-based) -> its image, if it has one."""
    copied, above_tokens = [], False
    for number, line in enumerate(lines, start=1):
        if number in images:
            above_tokens = True
            copied += [f"IMGID:{images[number]}"] if images[number] else []
        bare = line.rstrip(BLANKS)
        header = dialect.header(bare, inside=False) if above_tokens else None
        above_tokens = above_tokens and bool(header or passed_over(bare, number, dialect, inside=False))
        if not header or header[0] != "IMGID":
            copied.append(line)
        elif copied and copied[-1].strip(BLANKS):
            copied += [""] * (number in images and not images[number])  # the line alone ended the post above
    return copied


def _apply(post: Post, word: str, value: str, number: int) -> None:
    name, where = NAMES[word], f"{post.file}:{number}"
    if not value:
        remedy = f"write {word}:<{name}>, or leave the line out"
        raise InputError("empty-header", f"{word}: without {name}", where=where, remedy=remedy)
    if (first := getattr(post, name)) is not None:
        remedy = f"keep one {word} line: a post has one {name}; where two posts are meant, put the tokens of the first"
        remedy += " between the two lines"
        raise InputError("repeated-header", f"a second {word} line: {value}, after {first}", where=where, remedy=remedy)
    setattr(post, name, value)


def _add(post: Post, line: str, number: int, dialect: Dialect) -> None:
    columns = dialect.split(line)
    where = f"{post.file}:{number}"
    if not post.tokens and IMAGE.match(line) and not TAG.fullmatch(columns[-1]):
        remedy = "write IMGID:<image>, and nothing else on the line"
        raise InputError("bad-header", f"no line that names an image: {line!r}", where=where, remedy=remedy)
    if len(columns) - columns.count("") < 2 or not columns[dialect.token]:
        raise _one_column(line, where, dialect)
    if not dialect.fits(columns):
        what = (
            f"{len(columns)} columns, where the file has {dialect.columns} separated by {dialect.separator}s: {line!r}"
        )
        remedy = "give every line as many columns; where a token holds a space, separate all columns by tabs"
        if dialect.separator == "tab":
            remedy = "give every line as many columns, one tab between two"
        raise InputError("columns-differ", what.replace("blankss", "blanks"), where=where, remedy=remedy)
    token, tag = columns[dialect.token], columns[dialect.tag]
    post.tokens.append(unquoted(token) if dialect.quoted else token)
    post.tags.append(unquoted(tag) if dialect.quoted else tag)
    post.lines.append(number)


def _one_column(line: str, where: str, dialect: Dialect) -> InputError:
    remedy = "write `token<TAB>tag` on every line, and an empty line between posts"
    missing = "token" if line[0] in BLANKS else "tag"
    what = f"a line without its {missing}: {line!r}"
    if dialect.separator == "tab" and " " in line and "\t" not in line:
        what = f"a line without a tab, in a file that separates columns by tabs (line {dialect.first_tab}): {line!r}"
    if line.startswith("#") and " " in line:
        remedy += "; a comment stands above a post, behind an empty line"
    return InputError("tokens-tags-mismatch", what, where=where, remedy=remedy)


def _finished(post: Post) -> Post:
    if not post.tokens:
        remedy = "delete its header lines, or put its tokens right below them"
        raise InputError("empty-post", "a post without tokens", where=post.source, remedy=remedy)
    return post
