"""A file of annotated posts: which tool's it is, by its content, and the posts in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from mmner.base import decoding
from mmner.base.errors import InputError
from mmner.corpus import json_posts, split_files
from mmner.corpus.annotations import datasets_parquet, label_studio, offsets
from mmner.corpus.annotations.posts import Source, Tagged

FORMATS = ("labelstudio", *offsets.READERS, "parquet", "columns")
PARQUET = b"PAR1"
NAMES = {"labelstudio": "Label Studio's", "prodigy": "Prodigy's", "spacy": "spaCy's", "doccano": "doccano's"}


def read(path: Path, file: str, form: str | None = None) -> Source:
    """The posts of the file at `path`, called `file` in messages. form: one of FORMATS; None: as its content says.

    Errors: InputError `missing-file`, `unknown-format`, `wrong-format`, those of the formats' readers and of
    `split_files.open_split`.
    """
    if not path.is_file():
        what = "no file to be read from" if path.exists() else "no such file"
        raise InputError("missing-file", what, where=str(path), remedy="correct its name")
    content = path.read_bytes()
    is_parquet = content.startswith(PARQUET)
    if is_parquet != (form == "parquet") and form is not None:
        what = f"{'a' if is_parquet else 'no'} Parquet file"
        raise InputError("wrong-format", what, where=f"{file}:1", remedy="leave --format out")
    if is_parquet:
        source = Source(file, "parquet")
        datasets_parquet.read(path, source)
        return source
    text = decoding.decoded(content, file)[0]
    shape = None if form == "columns" else json_posts.form(text.replace("\r\n", "\n"), file)
    if shape is None:
        return _columns(path, file, form)
    objects = list(rows(text, file, shape))
    form = form or _format(objects, file)
    if form == "columns":
        return _columns(path, file, form)
    source = Source(file, form, described=f"{file}: {NAMES[form]} JSON, {shape}")
    if form == "labelstudio":
        label_studio.read(objects, source)
    else:
        made = (offsets.READERS[form](place, row, source) for place, row in objects)
        source.posts += [post for post in made if post is not None]
        source.notes += offsets.again(objects, file)
    return source


def rows(text: str, file: str, shape: str) -> Iterator[tuple[str, dict]]:
    for count, (line, row) in enumerate(json_posts.objects(text, file, shape), start=1):
        yield f"{file}:{line}" + (f" (post {count})" if shape == json_posts.ARRAY else ""), row


def _columns(path: Path, file: str, form: str | None) -> Source:
    if form not in (None, "columns"):
        raise InputError("wrong-format", f"no JSON, as {form} is", where=f"{file}:1", remedy="leave --format out")
    opened = split_files.open_split(path, file)
    source = Source(file, "columns")
    for post in opened.posts():
        place = post.source + (f" (post {post.number})" if post.number else "")
        tagged = Tagged(place=place, tokens=post.tokens, tags=post.tags, id=post.id, image=post.image)
        tagged.domain = post.domain
        source.posts.append(tagged)
    source.described = opened.describe()
    return source


def _format(rows: Sequence[tuple[str, dict]], file: str) -> str:
    """Errors: InputError `unknown-format` where no object shows whose it is."""
    if found := next((known for _, row in rows if (known := shown(row))), None):
        return found
    keys = ", ".join(rows[0][1]) if rows else "nothing"
    keys_of_tools = "tokens and tags, or text and spans, ents or label"
    remedy = f"--format says which it is: {', '.join(FORMATS)}; an object has keys such as {keys_of_tools}"
    raise InputError("unknown-format", f"{keys}: no keys of a tool", where=rows[0][0] if rows else file, remedy=remedy)


def shown(row: dict) -> str | None:
    """Whose object `row` is, one of FORMATS; None where its keys do not say it."""
    if isinstance(row.get("data"), dict) or label_studio.is_min(row):
        return "labelstudio"
    if "ents" in row:
        return "spacy"
    if "spans" in row or "_input_hash" in row or ("answer" in row and "text" in row):
        return "prodigy"
    if any(key in row for key in offsets.ENTITIES) and ("text" in row or "data" in row):
        return "doccano"
    return "columns" if {"tokens", "tags"} <= row.keys() else None
