"""Parquet as Hugging Face's datasets writes it: tokens, and tags as numbers whose names stand in its metadata."""

from __future__ import annotations

import json
import re
from pathlib import Path

from mmner.base.errors import InputError
from mmner.corpus.annotations.posts import Source, Tagged, name

TOKENS = ("tokens", "words")
TAGS = ("ner_tags", "tags", "labels", "ner", "ner_tag")
IMAGES = ("image", "img", "picture")
METADATA = b"huggingface"
WHOLE = re.compile(r"u?int\d+")  # as pyarrow calls its types
TEXT = re.compile(r"(large_)?string(_view)?")


def read(path: Path, source: Source) -> None:
    """Fill `source` from the file at `path`. Errors: InputError `not-parquet`, `no-column`, `no-names`, `bad-tag`,
    `tokens-tags-mismatch`, `empty-token`, `bad-post`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            schema = file.schema_arrow
            chosen = [
                _column(schema.names, keys, kind, source.file) for keys, kind in ((TOKENS, "tokens"), (TAGS, "tags"))
            ]
            names = _names(schema, *chosen, source.file)
            image = next((key for key in IMAGES if key in schema.names), None)
            wanted = [*chosen, *(key for key in ("id", "domain", image) if key in schema.names)]
            number = 0
            for batch in file.iter_batches(1024, columns=wanted):
                for row in batch.to_pylist():
                    _add(row, chosen, names, image, f"{source.file}: row {number}", source)
                    number += 1
    except (pa.ArrowException, OSError) as error:
        what = " ".join(str(error).split())
        raise InputError("not-parquet", what, where=source.file, remedy="get the whole file again") from error
    source.described = f"{source.file}: Parquet, tokens in {chosen[0]}, tags in {chosen[1]}"
    source.described += f", their {len(names)} names in its metadata" if names else ""


def _column(present: list[str], keys: tuple[str, ...], kind: str, file: str) -> str:
    if found := next((key for key in keys if key in present), None):
        return found
    what = f"no column of {kind}, but {', '.join(present)}"
    raise InputError("no-column", what, where=f"{file}: row 0", remedy=f"call it {keys[0]}")


def _names(schema, tokens: str, column: str, file: str) -> list[str] | None:
    """The names of the numbers in `column`; None where it holds names. Errors: InputError `no-names`, `no-column`."""
    kinds = {key: str(getattr(schema.field(key).type, "value_type", "")) for key in (tokens, column)}
    for key, kind in kinds.items():
        if not (TEXT.fullmatch(kind) or (key == column and WHOLE.fullmatch(kind))):
            what = f"column {key} holds {schema.field(key).type}"
            raise InputError("no-column", what, where=f"{file}: row 0", remedy="a list: one token, one tag each")
    if TEXT.fullmatch(kinds[column]):
        return None
    try:
        about = json.loads((schema.metadata or {}).get(METADATA, b"{}"))
        names = _class_label(about["info"]["features"][column])
    except (ValueError, KeyError, TypeError):
        names = None
    if names is None:
        what = f"the numbers in {column} have no names in the file's metadata"
        remedy = "write it by datasets with a ClassLabel, or write the tags by their names: B-ORG for the number"
        raise InputError("no-names", what, where=f"{file}: row 0", remedy=remedy)
    return names


def _class_label(feature: object) -> list[str] | None:
    """The names of the ClassLabel in `feature`, at whatever depth: a Sequence, a List, a list of one."""
    if isinstance(feature, dict):
        names = feature.get("names")
        if isinstance(names, dict):  # number -> name
            names = [names[key] for key in sorted(names, key=int)]
        if isinstance(names, list) and all(isinstance(one, str) for one in names):
            return names
        feature = [*feature.values()]
    if isinstance(feature, list):
        return next((names for one in feature if (names := _class_label(one)) is not None), None)
    return None


def _add(row: dict, chosen: list[str], names: list[str] | None, image: str | None, place: str, source: Source) -> None:
    tokens, tags = (row[key] or [] for key in chosen)
    if len(tokens) != len(tags):
        what = f"{len(tokens)} tokens, {len(tags)} tags"
        raise InputError("tokens-tags-mismatch", what, where=place, remedy="give every token one tag")
    if names is not None:
        if odd := [tag for tag in tags if tag is None or not 0 <= tag < len(names)]:
            what = f"tag {odd[0]}, where the metadata names 0 to {len(names) - 1}"
            raise InputError("bad-tag", what, where=place, remedy="mend the data set: what has no tag is O")
        tags = [names[tag] for tag in tags]
    post = Tagged(place=place, tokens=[], tags=[], id=name(row.get("id")), domain=name(row.get("domain")))
    for token, tag in zip(tokens, tags, strict=True):
        if not token or not tag:
            what = f"an empty token with the tag {tag}" if tag else f"the token {token} without a tag"
            if tag != "O":
                raise InputError("empty-token", what, where=place, remedy="mend the data set")
            source.notes.append(f"{place}: {what} is left out")
            continue
        post.tokens.append(token)
        post.tags.append(tag)
    found = row.get(image) if image else None
    if isinstance(found, dict):  # datasets' Image
        found = found.get("bytes") or found.get("path")
    if type(found) is int:
        found = name(found)
    if not isinstance(found, (str, bytes, type(None))):
        what = f"column {image} holds {found!r:.40}"
        remedy = "one image a post: its file's name, or its bytes; or call the column something else"
        raise InputError("bad-post", what, where=place, remedy=remedy)
    post.image = found or None
    source.posts.append(post)
