"""Posts from files: JSON Lines, CSV, Parquet, CoNLL, or plain lines; read as they are needed, each with its place."""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from mmner.base import jsonl
from mmner.base.errors import InputError

MAX_LINE = 16_000_000  # bytes
STRUCTURED = ("tokens", "candidates", "facts", "expressions", "regions")  # columns of CSV that hold JSON
FORMATS = ("jsonl", "csv", "parquet", "conll", "lines")
STDIN = "-"
_COLUMNS = re.compile(r"(IMGID|ID): ?\S+|\S+(\t\S+)*\t(O|[BIESLUMW]-\S+)")

Posts = Iterator[tuple[str, dict[str, Any] | InputError]]


def read(file: str, form: str | None = None, images: Path | None = None) -> Posts:
    """(file:line, post) of each post of `file`, or the InputError about it. form: one of FORMATS; None: by the name.

    images: the folder from which images count; None: that of `file`.
    Errors: InputError `missing-file`, `not-parquet`, `bad-csv` where nothing can be read.
    """
    form = form or _form(file)
    if file != STDIN and not Path(file).is_file():
        what = "no file to be read from" if Path(file).exists() else "no such file"
        raise InputError("missing-file", what, where=file, remedy="name a file of posts, or - for standard input")
    folder = images or (Path() if file == STDIN else Path(file).parent)
    made = {"parquet": _parquet, "conll": _conll}[form](file) if form in ("parquet", "conll") else _text(file, form)
    return ((where, _with_image(post, folder)) for where, post in made)


def count(file: str, form: str | None = None) -> int | None:
    """How many posts are in `file`, at most; None where that is not known before they are read."""
    form = form or _form(file)
    if file == STDIN:
        return None
    if form in ("parquet", "conll"):
        return None
    with Path(file).open("rb") as lines:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: lines.read(1 << 20), b""))


def _form(file: str) -> str:
    suffix = Path(file).suffix.lower()
    names = {
        ".jsonl": "jsonl",
        ".ndjson": "jsonl",
        ".json": "jsonl",
        ".csv": "csv",
        ".tsv": "csv",
        ".parquet": "parquet",
        **dict.fromkeys((".conll", ".iob", ".iob2", ".bio", ".bioes"), "conll"),
    }
    return names.get(suffix, "lines")


def _with_image(post: dict[str, Any] | InputError, folder: Path) -> dict[str, Any] | InputError:
    if isinstance(post, dict) and isinstance(post.get("image"), str) and post["image"]:
        return post | {"image": str(folder / post["image"])}
    return post


def _text(file: str, form: str) -> Posts:
    with sys.stdin.buffer if file == STDIN else Path(file).open("rb") as content:
        lines = _lines(content, "stdin" if file == STDIN else file)
        if form == "csv":
            yield from _csv(lines, file, "\t" if file.lower().endswith(".tsv") else ",")
            return
        for where, line in lines:
            if isinstance(line, InputError) or line.strip():
                yield where, line if isinstance(line, InputError) else _post(line, form, where)


def _post(line: str, form: str, where: str) -> dict[str, Any] | InputError:
    if form == "lines":
        if _COLUMNS.fullmatch(line):
            remedy = "--from conll, whose tags are left out"
            return InputError(
                "wrong-format", f"a line of columns, not a post: {line[:60]!r}", where=where, remedy=remedy
            )
        return {"text": line}
    try:
        (_, row) = next(jsonl.objects(line, where))
        return row
    except InputError as error:
        return InputError(error.name, error.what, where=where, remedy=error.remedy)


def _lines(content: BinaryIO, file: str) -> Iterator[tuple[str, str | InputError]]:
    """(file:line, the line as text without its end, or the error about it); no line is held that is too long."""
    number = 0
    while line := content.readline(MAX_LINE):
        number += 1
        where = f"{file}:{number}"
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if len(line) == MAX_LINE and not line.endswith(b"\n"):
            while (rest := content.readline(MAX_LINE)) and not rest.endswith(b"\n"):
                pass
            remedy = "write one post a line; is this a file of posts?"
            yield where, InputError("long-line", f"a line of over {MAX_LINE} bytes", where=where, remedy=remedy)
            continue
        if b"\0" in line:  # of ASCII's letters UTF-16 makes such, which UTF-8 would read as well
            remedy = "convert the file: iconv -f UTF-16 -t UTF-8; or take it out"
            yield where, InputError("not-utf8", "a byte of 0, as UTF-16 has them", where=where, remedy=remedy)
            continue
        try:
            yield where, line.decode("utf-8").rstrip("\r\n")
        except UnicodeDecodeError as error:
            what = f"byte {error.start + 1} is no UTF-8"
            remedy = "convert the file: iconv -f ITS_ENCODING -t UTF-8"
            yield where, InputError("not-utf8", what, where=where, remedy=remedy)


def _csv(lines: Iterator[tuple[str, str | InputError]], file: str, separator: str) -> Posts:
    """Rows under a header that names the keys of a post."""
    place = [file]

    def texts() -> Iterator[str]:
        for where, line in lines:
            place[0] = where
            if isinstance(line, InputError):
                raise line
            yield line + "\n"

    csv.field_size_limit(MAX_LINE)
    reader = csv.DictReader(texts(), delimiter=separator, strict=True)
    try:
        header = reader.fieldnames or []
        if not {"text", "tokens"} & {*header}:
            what = f"no column text or tokens, but {', '.join(map(str, header)) or 'none'}"
            raise InputError("bad-csv", what, where=place[0], remedy="the first line names the columns, as text,image")
        if twice := [name for at, name in enumerate(header) if name and name in header[:at]]:
            raise InputError("bad-csv", f"two columns are called {twice[0]}", where=place[0], remedy="keep one of them")
        for row in reader:
            yield place[0], _of_row(row, place[0])
    except csv.Error as error:
        raise InputError("bad-csv", str(error), where=place[0], remedy='quote as CSV does: "a ""word"", b"') from error


def _of_row(row: dict[Any, Any], where: str) -> dict[str, Any] | InputError:
    if None in row or None in row.values():
        what = "more cells than columns" if None in row else "fewer cells than columns"
        return InputError("bad-csv", what, where=where, remedy='quote cells that hold a separator: "a, b"')
    post: dict[str, Any] = {}
    for key, cell in row.items():
        if cell == "" and (key != "text" or row.get("tokens")):
            continue
        if not key:
            what = f"{cell[:60]!r} stands in a column without a name"
            remedy = "name it, or leave it out, as pandas' index: to_csv(FILE, index=False)"
            return InputError("bad-csv", what, where=where, remedy=remedy)
        if key in STRUCTURED or (key == "chain" and cell.lstrip().startswith("[")):
            if key == "tokens" and not cell.lstrip().startswith("["):
                post[key] = cell.split(" ")
                continue
            try:
                post[key] = json.loads(cell)
            except (ValueError, RecursionError) as error:
                return InputError("bad-json", f"{key}: {error}", where=where, remedy="write a JSON array in this cell")
        else:
            post[key] = cell
    return post


def _conll(file: str) -> Posts:
    """The posts of a file of columns, their tags left out. Errors: those of `split_files.open_split`."""
    from mmner.corpus import split_files

    if file == STDIN:
        raise InputError("missing-file", "columns are not read from standard input", remedy="name their file")
    for post in split_files.read(Path(file), file):
        post_keys = {"tokens": post.tokens, "id": post.id, "image": post.image, "domain": post.domain}
        yield post.source, {key: value for key, value in post_keys.items() if value is not None}


def _parquet(file: str) -> Posts:
    import pyarrow as pa
    import pyarrow.parquet as pq

    number = 0
    try:
        with pq.ParquetFile(file) as opened:
            for batch in opened.iter_batches(1024):
                for row in batch.to_pylist():
                    yield f"{file}: row {number}", {key: value for key, value in row.items() if value is not None}
                    number += 1
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        what = " ".join(str(error).split())
        raise InputError("not-parquet", what, where=f"{file}: row {number}", remedy="write it with pandas") from error
