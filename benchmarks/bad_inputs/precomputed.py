"""Rows that somebody else made, with each field of each wrong type; and damaged artifacts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.bad_inputs import files
from benchmarks.bad_inputs.attempt import Case
from benchmarks.bad_inputs.project import STAGES, stage, write_params

STAGES_OF_FILES = ("captions", "candidates", "expressions", "regions", "chains")
WRONG: dict[str, object] = {
    **{"null": None, "true": True, "-1": -1, "0": 0, "7": 7, "1.5": 1.5, "10^30": 10**30, "x": "x", "empty": ""},
    **{"[]": [], "[null]": [None], "[[]]": [[]], "{}": {}, "[{}]": [{}], '["x"]': ["x"]},
    **{"nan": float("nan"), "inf": float("inf"), "half a character": "\ud800", "a NUL": "a\0b", "blank": " "},
}
BOX = {"x0": 0.1, "y0": 0.1, "x1": 0.9, "y1": 0.9}
ROWS = {  # a good row's content, with every field that there is
    "captions": ("caption", "a shop"),
    "candidates": ("spans", [{"start": 0, "end": 1, "text": "At", "score": 0.5}]),
    "expressions": ("expressions", ["a shop"]),
    "regions": ("regions", [{"expression": "a shop", "label": "shop", "score": 0.5, "box": BOX}]),
    "chains": ("steps", [{"name": "entities", "text": "none"}]),
}
FREE = "any text may stand there"
NONE = "null says that there is none"
FINE = {  # (the last field, value) -> why the row is right
    **{
        (field, value): FREE for field in ("caption", "text", "expression", "label", "name") for value in ("x", "blank")
    },
    **{
        (field, "null"): NONE
        for field in ("caption", "spans", "expressions", "regions", "steps", "text", "error", "image")
    },
    **{(field, "[]"): "none of them" for field in ("spans", "expressions", "regions", "steps")},
    ("expressions", '["x"]'): FREE,
    **{("error", text): "beside a value it says nothing" for text in ("x", "empty", "a NUL", "blank")},
    ("image", "empty"): "names none",
    **{("score", value): "a probability, or a logit" for value in ("-1", "0", "7", "1.5")},
    (0, "x"): FREE,
    ("end", "7"): "a span of seven tokens",
    ("start", "0"): "the first token",
    ("x0", "0"): "the left edge",
    ("y0", "0"): "the upper edge",
}


def _places(value: object, before: tuple = ()) -> Iterator[tuple]:
    """The path of each field of `value`, at any depth."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*before, key)
        yield from _places(inner, (*before, key))


def _changed(row: dict, path: tuple, value: object) -> dict:
    row = json.loads(json.dumps(row))
    place = row
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return row


def spoil_row(folder: Path, name: str, path: tuple, value: object, parquet: bool = False) -> None:
    """Change one row of the file that stage `name` reads."""
    file = folder / f"data/raw/tiny/{name}.jsonl"
    first, *others = [json.loads(line) for line in file.read_text().splitlines()]
    column, content = ROWS[name]
    rows = [_changed({"id": first["id"], "error": None, "image": None, column: content}, path, value), *others]
    file.write_text("\n".join(json.dumps(row) for row in rows) + "\n")


def precomputed(content: dict, base: Path) -> Iterator[Case]:
    for name in STAGES_OF_FILES:
        column, good = ROWS[name]
        row = {"id": "train-0", "error": None, "image": None, column: good}
        command = (stage(name, "precomputed"),)
        for path in _places(row):
            for label, value in WRONG.items():
                spoil = partial(spoil_row, name=name, path=path, value=value)
                why = FINE.get((path[-1], label), "")
                told = ".".join(map(str, path))
                yield Case("precomputed", f"{name}: {told}={label}", spoil, command, why)
        for kind, damage in files.DAMAGE.items():
            spoil = partial(at_place, place=f"data/raw/tiny/{name}.jsonl", damage=damage)
            yield Case("precomputed", f"{name}: file is {kind}", spoil, (*command,))
        for kind, rows in _tables(column, good).items():
            spoil = partial(as_parquet, params=content, name=name, rows=rows)
            yield Case("precomputed", f"{name}: Parquet, {kind}", spoil, command)


def _tables(column: str, good: object) -> dict[str, list[dict]]:
    """Rows of Parquet files whose columns are of types that JSON has not, or of no use."""
    return {
        "ids are lists": [{"id": ["a"], column: good}],
        "ids are dates": [{"id": __import__("datetime").date(2020, 1, 1), column: good}],
        "ids are bytes": [{"id": b"\xff", column: good}],
        "the answer is bytes": [{"id": "train-0", column: b"\xff"}],
        "no id": [{column: good}],
        "no answer": [{"id": "train-0"}],
        "no row": [],
        "an id twice": [{"id": "train-0", column: good}] * 2,
    }


def as_parquet(folder: Path, params: dict, name: str, rows: list[dict]) -> None:
    pq.write_table(pa.Table.from_pylist(rows), folder / f"data/raw/tiny/{name}.parquet")
    chosen = params[name] | {"precomputed": params[name]["precomputed"] | {"file": f"{name}.parquet"}}
    write_params(folder, params | {name: chosen})


def at_place(folder: Path, place: str, damage: files.Damage) -> None:
    damage(folder / place)


def _table(change: Callable[[pa.Table], pa.Table]) -> files.Damage:
    return lambda path: pq.write_table(change(pq.read_table(path)), path)


def _nulls(table: pa.Table, column: str) -> pa.Table:
    at = table.schema.get_field_index(column)
    return table.set_column(
        at, table.schema.field(at).with_nullable(True), pa.nulls(len(table), table.schema.field(at).type)
    )


def _halved(table: pa.Table) -> pa.Table:
    """Every list one shorter."""
    for at, field in enumerate(table.schema):
        if pa.types.is_list(field.type):
            cut = [content and content[:-1] for content in table.column(at).to_pylist()]
            table = table.set_column(at, field, pa.array(cut, field.type))
    return table


TABLES: dict[str, files.Damage] = {
    "no rows": _table(lambda table: table.slice(0, 0)),
    "one row less": _table(lambda table: table.slice(1)),
    "the last row less": _table(lambda table: table.slice(0, len(table) - 1)),
    "rows in another order": _table(lambda table: table.take(list(range(len(table)))[::-1])),
    "a row twice": _table(lambda table: pa.concat_tables([table, table.slice(0, 1)])),
    "a column less": _table(lambda table: table.drop_columns([table.schema.names[-1]])),
    "a column more": _table(lambda table: table.append_column("more", pa.array(["x"] * len(table)))),
    "ids of another corpus": _table(
        lambda table: table.set_column(0, table.schema.field(0), pa.array([f"o{n}" for n in range(len(table))]))
    ),
    "ids as numbers": _table(lambda table: table.set_column(0, "id", pa.array(range(len(table))))),
}
READERS = {  # artifact -> what reads it
    "examples": ("knowledge", "train"),  # captions reads nothing else, and can compare it with nothing
    "gold": ("candidates", "train", "evaluate"),
    "captions": ("expressions", "chains", "train"),
    "candidates": ("knowledge", "images", "train"),
    "knowledge": ("chains", "train"),
    "expressions": ("regions",),
    "regions": ("features",),
    "chains": ("train",),
    "features": ("train", "evaluate"),
}


def _damage(base: Path, name: str) -> Iterator[tuple[str, files.Damage, str]]:
    """(name, damage, why status 0 is right) of artifact `name`."""
    for kind, damage in {**files.DAMAGE, **TABLES}.items():
        yield kind, damage, ""
    original = base / f"project/data/prepared/tiny/{name}.parquet"
    for share in (0.001, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 0.999):
        yield f"flipped at {share}", partial(files.flip, share=share), _unread(original, share)
    for column in pq.read_schema(original).names:
        why = "the row has no value" if column not in ("id", "split", "tokens", "tags", "domain", "language") else ""
        yield f"nulls in {column}", _table(partial(_nulls, column=column)), why
    yield "every list one shorter", _table(_halved), "" if name in ("examples", "gold") else "other values, as good"


def _unread(original: Path, share: float) -> str:
    """Why a flipped byte may do nothing; "" where it has to be seen."""
    flipped = original.with_name("flipped")
    flipped.write_bytes(original.read_bytes())
    files.flip(flipped, share)
    try:
        with pq.ParquetFile(flipped) as file:
            same = (
                file.read().equals(pq.read_table(original))
                and file.schema_arrow.metadata == pq.read_schema(original).metadata
            )
    except Exception:  # whatever it is, the stage must say so
        same = False
    flipped.unlink()
    return "a byte that nobody reads" if same else ""


def artifacts(content: dict, base: Path) -> Iterator[Case]:
    for name, readers in READERS.items():
        for kind, damage, why in _damage(base, name):
            spoil = partial(at_place, place=f"data/prepared/tiny/{name}.parquet", damage=damage)
            commands = tuple(stage(reader) for reader in readers)
            yield Case("artifacts", f"{name}: {kind}", spoil, commands, why)
    for kind, damage in files.DAMAGE.items():
        spoil = partial(at_place, place="data/prepared/tiny/captions.rows.parquet", damage=damage)
        yield Case(
            "artifacts",
            f"captions.rows: {kind}",
            spoil,
            ("-m mmner costs", "-m mmner clean"),
            "beside the rows" * (kind == "missing"),
        )
        spoil = partial(at_place, place="data/runs/tiny/predictions.parquet", damage=damage)
        yield Case("artifacts", f"predictions: {kind}", spoil, (stage("evaluate"),), "written anew")
    assert set(STAGES) <= set(READERS)
