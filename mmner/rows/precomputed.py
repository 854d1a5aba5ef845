"""Backends that read what somebody already made, instead of computing it.

Reads: a JSONL or Parquet file of the corpus, one row an example or an image. Which keys a row has:

| params `key` | names its example by | and holds, for captions / chains / candidates / expressions / regions |
|---|---|---|
| image | image | caption / chain or steps / spans / expressions / regions |
| index | split, index (0-based within the split) | the same |
| id | id | the same |

    {"image": "17_06_12483.jpg", "caption": "a crowd before a stage"}
    {"split": "valid", "index": 0, "chain": "Named entities: 1. ..."}

A value of null says that there is none, as an empty caption or chain does; the key `error` may say why. An empty text
in a list is an error. Other keys are left alone, but an `image` beside split and index must be the example's. Rows that
no example needs are no error; an example without its row is one, and so is a second row about the same thing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO, Literal

import pydantic

from mmner.base import jsonl
from mmner.base.errors import InputError
from mmner.base.params import Params as BaseParams
from mmner.base.params import Place, Words
from mmner.base.requirements import PrecomputedFile, Requirement
from mmner.ner import text
from mmner.rows.contract import NO_IMAGE, Backend, Budget, Item, Memo, Result
from mmner.rows.precomputed_rows import Region, Row, Span, Step

VERSION = 1
SPLITS = ("train", "dev", "test")
KEYS = {"image": ("image",), "index": ("split", "index"), "id": ("id",)}


class _Precomputed(Backend):
    """What the backends below share: a file, looked up by key. Subclasses say which columns they read, and how."""

    class Params(BaseParams):
        """`file`: the stage counts it from the corpus's folder. `splits`: the file's split names to ours."""

        file: Place
        key: Literal["image", "index", "id"]
        splits: dict[str, Literal["train", "dev", "test"]] = {}

        def requirements(self) -> tuple[Requirement, ...]:
            return (PrecomputedFile(self.file),)

    columns: dict[str, Any]  # name of a column that holds the answer -> its type; a row has exactly one of them
    reads: tuple[str, ...] = ()  # item fields that `value` reads
    answers_new = False
    parallel = "none"  # each copy would read the file
    batch_size = 4096  # reads_image is false: an image's name is enough, so that a corpus without its images is usable

    def __init__(self, params: Params, memo: Memo | None = None, budget: Budget | None = None):
        super().__init__(params, memo, budget)
        self.uses = tuple(dict.fromkeys((*KEYS[params.key], "image", *self.reads)))

    def identity(self) -> dict:
        with self._opened() as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        options = {"key": self.params.key, "splits": self.params.splits}
        return {"backend": "precomputed", "version": VERSION, "file": sha256, **options}

    def __call__(self, items: list[Item]) -> list[Result]:
        """Errors: InputError `missing-rows`, `misplaced-row`, and those of reading the file (see `_rows`)."""
        lacking = [item for item in items if self._key(item) not in self._rows and not self._without_image(item)]
        if lacking:
            raise InputError(
                "missing-rows",
                f"{len(lacking)} of {len(items)} examples have no row, the first is {self._name(lacking[0])}",
                where=self.params.file,
                remedy="add the rows; a value of null says that there is none",
            )
        return [Result(None, NO_IMAGE) if self._without_image(item) else self._answer(item) for item in items]

    def value(self, column: str, content: Any, item: Item) -> dict:
        """The artifact's columns for `item`, of what the file has in `column`. Errors: ValueError."""
        return {column: content}

    def _answer(self, item: Item) -> Result:
        where, row = self._rows[self._key(item)]
        if row.get("image") and item["image"] and row["image"] != item["image"]:
            what = f"the row is about image {row['image']}, its example {self._name(item)} has {item['image']}"
            remedy = "the file belongs to another version or order of the corpus: get the one for this"
            raise InputError("misplaced-row", what, where=where, remedy=remedy)
        column = self._column(row, where)
        if (content := row[column]) is None or (isinstance(content, str) and not content.strip()):
            return Result(None, row.get("error") or f"precomputed {column} is {'null' if content is None else 'empty'}")
        try:
            content = self._types[column].validate_python(row[column], strict=True)
            return Result(self.value(column, content, item))
        except pydantic.ValidationError as error:
            raise self._bad(_first(error, column), where) from error
        except ValueError as error:
            raise self._bad(f"{column}: {error}", where) from error

    @cached_property
    def _types(self) -> dict[str, pydantic.TypeAdapter]:
        return {name: pydantic.TypeAdapter(kind) for name, kind in self.columns.items()}

    def _column(self, row: dict, where: str) -> str:
        present = [name for name in self.columns if name in row]
        if len(present) != 1:
            raise self._bad(f"it needs one of the keys {', '.join(self.columns)}; it has {', '.join(row)}", where)
        return present[0]

    def _bad(self, what: str, where: str) -> InputError:
        return InputError("bad-row", what, where=where, remedy="correct it: see the head of mmner/rows/precomputed.py")

    def _key(self, item: Item) -> tuple:
        return tuple(item[name] for name in KEYS[self.params.key])

    def _name(self, item: Item) -> str:
        return " ".join(f"{name} {item[name]}" for name in KEYS[self.params.key])

    def _without_image(self, item: Item) -> bool:
        return self.params.key == "image" and item["image"] is None

    @cached_property
    def _content(self) -> bytes:
        with self._opened() as file:
            return file.read()

    def _opened(self) -> BinaryIO:
        path = Path(self.params.file)
        if not path.is_file():  # a pipe would be waited for
            what = "no file to be read from" if path.exists() or path.is_symlink() else "no such file"
            remedy = "put the file there, or correct the variant's `file` in params.yaml"
            raise InputError("missing-file", what, where=self.params.file, remedy=remedy)
        return path.open("rb")

    @cached_property
    def _rows(self) -> dict[tuple, tuple[str, dict]]:
        """The file's rows by key: (file:line, row).

        Errors: InputError `not-utf8`, `bad-json`, `not-parquet`, `bad-row`, `unknown-split`, `repeated-row`.
        """
        rows: dict[tuple, tuple[str, dict]] = {}
        for where, row in self._read():
            try:
                row = row | Row.model_validate(row).model_dump(exclude_unset=True)
            except pydantic.ValidationError as error:
                raise self._bad(_first(error), where) from error
            if absent := [name for name in KEYS[self.params.key] if row.get(name) is None]:
                raise self._bad(f"with key: {self.params.key}, a row needs {', '.join(absent)}", where)
            self._column(row, where)
            if self.params.key == "index":
                row = row | {"split": self._split(row["split"], where)}
            key = self._key(row)
            if key in rows:
                what = f"{self._name(row)} is also at {rows[key][0]}"
                raise InputError("repeated-row", what, where=where, remedy="keep one of the two")
            rows[key] = where, row
        return rows

    def _read(self) -> Iterator[tuple[str, dict]]:
        file = self.params.file
        if not file.endswith(".parquet"):
            for number, row in jsonl.objects(jsonl.decode(self._content, file), file):
                yield f"{file}:{number}", row
            return
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            table = pq.read_table(pa.BufferReader(self._content))
        except (pa.ArrowException, OSError) as error:  # OSError: a damaged page behind a good footer
            raise InputError(
                "not-parquet", " ".join(str(error).split()), where=file, remedy="write it with pyarrow or pandas"
            ) from error
        for number, row in enumerate(table.to_pylist()):
            yield f"{file}: row {number}", row

    def _split(self, name: str, where: str) -> str:
        split = self.params.splits.get(name, name)
        if split not in SPLITS:
            remedy = f"say which split it is in the variant's params, e.g. `splits: {{{name}: dev}}`"
            raise InputError("unknown-split", f"split {name} is none of {SPLITS}", where=where, remedy=remedy)
        return split


def _first(error: pydantic.ValidationError, *place: str) -> str:
    """The first of what `error` found, with its place in the row."""
    first = error.errors()[0]
    what = first["msg"].removeprefix("Value error, ")
    return f"{'.'.join(map(str, (*place, *first['loc'])))}: {what}"


class Captions(_Precomputed):
    """`caption`: text about the image."""

    columns = {"caption": Words}


class Chains(_Precomputed):
    """`steps`: list of {name, text}; or `chain`: one text, which becomes one step named "reasoning"."""

    columns = {"chain": Words, "steps": list[Step]}

    def value(self, column: str, content: str | list[Step], item: Item) -> dict:
        steps = [Step(name="reasoning", text=content)] if column == "chain" else content
        return {"steps": [step.model_dump() for step in steps]}


class Candidates(_Precomputed):
    """`spans`: list of {start, end} in tokens, with `text` and `score` where known."""

    columns = {"spans": list[Span]}
    reads = ("tokens", "language")

    def value(self, column: str, content: list[Span], item: Item) -> dict:
        tokens, spans = item["tokens"], []
        for span in content:
            if not span.start < span.end <= len(tokens):
                raise ValueError(f"{span.start}..{span.end} is no span of {len(tokens)} tokens")
            own = text.sentence(tokens[span.start : span.end], item["language"])
            spans.append(span.model_dump() | {"text": own if span.text is None else span.text})
        return {"spans": spans}


class Expressions(_Precomputed):
    """`expressions`: list of phrases."""

    columns = {"expressions": list[Words]}


class Regions(_Precomputed):
    """`regions`: list of {expression, label, score, box {x0, y0, x1, y1}}, the box in 0..1 of width and height."""

    columns = {"regions": list[Region]}

    def value(self, column: str, content: list[Region], item: Item) -> dict:
        for region in content:
            if region.box.x0 >= region.box.x1 or region.box.y0 >= region.box.y1:
                raise ValueError(f"the box of {region.expression!r} is empty")
        return {"regions": [region.model_dump() for region in content]}
