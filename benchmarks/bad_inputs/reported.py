"""Inputs that fell short when somebody tried 804 of them, each rebuilt from its name.

Some of what they say is told by others of this package, too; here they stand under the names that were reported.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from pathlib import Path

import pyarrow as pa

from benchmarks.bad_inputs import corpora, files, precomputed, reported_commands, settings, yaml_files
from benchmarks.bad_inputs.attempt import Case, nothing
from benchmarks.bad_inputs.precomputed import _table, at_place
from benchmarks.bad_inputs.project import stage, write_params

DOCTOR = "-m mmner doctor"
Reported = tuple[str, str, Callable[[Path], object], tuple[str, ...]]


def reported(content: dict, base: Path) -> Iterator[Case]:
    """Cases whose own area is the first word of their name."""
    for made in (_params, _corpora, _precomputed, _artifacts, _models, reported_commands.commands):
        for area, name, spoil, lines, *why in made(content):
            yield Case("reported", f"{area} {name}", spoil, lines, *why)
    yield from _environment(content)


def _params(content: dict) -> Iterator[tuple]:
    def other(*path: str, value: object) -> Callable[[Path], object]:
        return partial(write_params, params=settings.changed(content, path, value))

    def llm(**changes) -> Callable[[Path], object]:
        variant = content["captions"]["llm"] | changes
        return other("captions", "tags", value=variant)

    captions, knowledge, train = (stage("captions"), DOCTOR), (stage("knowledge"), DOCTOR), (stage("train"), DOCTOR)
    wiki = (stage("knowledge", "wikipedia"), "-m mmner doctor --preparation wiki")
    with_wiki = settings.changed(
        content, ("preparations", "wiki"), content["preparations"]["tiny"] | {"knowledge": "wikipedia"}
    )

    def wikipedia(**changes) -> Callable[[Path], object]:
        return partial(
            write_params,
            params=settings.changed(with_wiki, ("knowledge", "wikipedia"), content["knowledge"]["wikipedia"] | changes),
        )

    yield "params", "captions.backend=['tags']", other("captions", "tags", "backend", value=["tags"]), captions
    yield (
        "params",
        "candidates.seed=2^70",
        other("candidates", "tagger", "seed", value=2**70),
        (stage("candidates"), DOCTOR),
    )
    for key, value in {"max_results": -3, "max_kept": -1, "min_relevance": float("nan"), "batch_size": 0}.items():
        yield "params", f"knowledge.{key}={value}", other("knowledge", "zim", key, value=value), knowledge
    yield "params2", "variant-list", other("captions", "tags", value=["x"]), captions
    yield "params2", "run-seed-negative", other("runs", "tiny", "seed", value=-1), train
    yield "params2", "run-seed-huge", other("runs", "tiny", "seed", value=2**70), train
    yield "params2", "train-lr-inf", other("train", "tiny", "lr_head", value=float("inf")), train
    yield "params2", "train-heads-7", other("train", "tiny", "architecture", "heads", value=7), train
    yield (
        "params2",
        "corpus-splits-nul",
        other("corpora", "tiny", "splits", "train", value="a\0b"),
        (stage("examples"), DOCTOR),
    )
    yield "llm", "url-port-word", llm(base_url="http://a:b/v1"), captions
    yield "llm", "url-newline", llm(base_url="http://a\n/v1"), captions
    yield "llm", "extra-date", llm(extra={"when": date(2020, 1, 1)}), captions
    yield "wiki", "contact-emoji", wikipedia(contact="a@b.\U0001f600"), wiki, "sent as UTF-8 in percent signs"
    yield "wiki", "batch-0", wikipedia(batch_size=0), wiki
    for name, kind in (("list", "a list"), ("scalar", "a text"), ("latin1", "latin-1"), ("utf16", "UTF-16")):
        yield "yaml", name, partial(yaml_files.replaced, file="params.yaml", content=yaml_files.YAML[kind]), captions
    for name, kind in (("directory", "folder"), ("link-to-itself", "link to itself")):
        yield "yaml", name, partial(at_place, place="params.yaml", damage=files.SPECIAL[kind]), captions


def _corpora(content: dict) -> Iterator[Reported]:
    examples = (stage("examples"),)
    for name, kind in (("split-is-fifo", "FIFO"), ("split-links-itself", "link to itself")):
        yield "columns", name, partial(at_place, place="data/raw/tiny/train.txt", damage=files.SPECIAL[kind]), examples
    rows = {
        "lone-surrogate": json.dumps(corpora.ROW | {"tokens": ["a\ud800", "b"]}),
        "surrogate-id": json.dumps(corpora.ROW | {"id": "\ud800"}),
        "surrogate-image": json.dumps(corpora.ROW | {"image": "\udcff"}),
        "surrogate-domain": json.dumps(corpora.ROW | {"domain": "\udcff"}),
        "big-int": corpora.LINES["a number of 6,000 digits"],
        "surrogate-through-stages": json.dumps(corpora.ROW | {"tokens": ["\ud800", "b"]}),
    }
    for name, row in rows.items():
        yield "jsonl", name, partial(corpora.spoil_split, params=content, file="train.jsonl", content=row), examples


def _precomputed(content: dict) -> Iterator[Reported]:
    nan, inf = float("nan"), float("inf")
    changed = {
        "caption-surrogate": ("captions", ("caption",), "half \ud800"),
        "error-dict": ("captions", ("error",), {"a": 1}),
        "span-score-nan": ("candidates", ("spans", 0, "score"), nan),
        "span-score-inf": ("candidates", ("spans", 0, "score"), inf),
        "score-nan": ("regions", ("regions", 0, "score"), nan),
    }
    for name, (of, path, value) in changed.items():
        spoil = partial(precomputed.spoil_row, name=of, path=path, value=value)
        yield "precomputed", name, spoil, (stage(of, "precomputed"),)
    captions = (stage("captions", "precomputed"),)
    yield (
        "precomputed",
        "file-fifo",
        partial(at_place, place="data/raw/tiny/captions.jsonl", damage=files.fifo),
        captions,
    )
    rows = [{"id": ["a"], "caption": "x"}]
    yield (
        "precomputed",
        "parquet-listid",
        partial(precomputed.as_parquet, params=content, name="captions", rows=rows),
        captions,
    )


def _artifacts(content: dict) -> Iterator[Reported]:
    def damaged(name: str, damage: files.Damage) -> Callable[[Path], object]:
        return partial(at_place, place=f"data/prepared/tiny/{name}.parquet", damage=damage)

    def first(table: pa.Table, column: str, make: Callable) -> pa.Table:
        at = table.schema.get_field_index(column)
        values = table.column(at).to_pylist()
        row = next(number for number, value in enumerate(values) if value)
        values[row] = make(values[row])
        return table.set_column(at, table.schema.field(at), pa.array(values, table.schema.field(at).type))

    def changed(name: str, column: str, make: Callable) -> Callable[[Path], object]:
        return damaged(name, _table(partial(first, column=column, make=make)))

    captions, train, evaluate = (stage("captions"),), (stage("train"),), (stage("evaluate"),)
    yield "parquet", "flipped-examples", damaged("examples", partial(files.flip, share=0.3)), captions
    yield "parquet", "tokens-null", changed("examples", "tokens", lambda value: None), captions
    yield "parquet", "split-odd", changed("examples", "split", lambda value: "odd"), captions
    yield "parquet", "gold-short", changed("gold", "tags", lambda value: value[:1]), (stage("candidates"),)
    yield "parquet", "train-gold-short", changed("gold", "tags", lambda value: value[:1]), (*train, *evaluate)
    yield "parquet", "train-features-widths", changed("features", "image", lambda value: value[:3]), train
    yield "parquet", "train-features-empty-vector", changed("features", "image", lambda value: []), train


def _models(content: dict) -> Iterator[Reported]:
    def model(file: str, damage: files.Damage) -> Callable[[Path], object]:
        return partial(at_place, place=f"data/runs/tiny/model/{file}", damage=damage)

    def about(**changes) -> Callable[[Path], object]:
        def change(path: Path) -> None:
            told = json.loads(path.read_text()) | changes
            path.write_text(json.dumps({key: value for key, value in told.items() if value is not None}))

        return model("model.json", change)

    def text(content: str | bytes) -> files.Damage:
        return lambda path: path.write_bytes(content if isinstance(content, bytes) else content.encode())

    evaluate = (stage("evaluate"),)
    gone = files.SPECIAL["missing"]
    spoils = {
        "no-safetensors": model("model.safetensors", gone),
        "truncated-safetensors": model("model.safetensors", partial(files.cut, share=0.5)),
        "safetensors-empty": model("model.safetensors", text("")),
        "json-broken": model("model.json", text("{ x")),
        "json-list": model("model.json", text("[]")),
        "json-no-version": about(version=None),
        "json-no-labels": about(labels=None),
        "json-other-labels": about(labels=["X"]),
        "json-visual-width": about(visual_width=3),
        "json-latin1": model("model.json", text(b"\xff")),
        "encoder-config-broken": model("encoder/config.json", text("{")),
        "encoder-no-config": model("encoder/config.json", gone),
        "encoder-tokenizer-broken": model("encoder/tokenizer.json", text("{}")),
        "encoder-tokenizer-missing": model("encoder/tokenizer.json", gone),
    }
    for name, spoil in spoils.items():
        yield "model", name, spoil, evaluate

    def child(folder: Path) -> None:
        write_params(folder, settings.changed(content, ("runs", "tiny", "from"), "scratch"))
        (folder / "data/runs/scratch").symlink_to("tiny")
        params = settings.changed(content, ("runs", "child"), content["runs"]["tiny"] | {"from": "tiny"})
        write_params(folder, params)
        (folder / "data/runs/tiny/model/model.json").write_text("{")

    yield "model", "parent-json-broken", child, (stage("train", "child"),)
    features, captions, regions = stage("features", "vision"), stage("captions", "blip2"), stage("regions", "detector")

    def pickled(folder: Path) -> None:
        (folder / "weights/vit/model.safetensors").write_bytes(b"")
        (folder / "weights/vit/pytorch_model.bin").write_bytes(b"x")

    yield "weights", "features-pickle-and-empty-safetensors", pickled, (features,)

    def layers(path: Path) -> None:
        path.write_text(path.read_text().replace('"num_hidden_layers": 2', '"num_hidden_layers": -2'))

    for name, folder, line in (
        ("features", "vit", features),
        ("captions", "blip2", captions),
        ("regions", "yolos", regions),
    ):
        spoil = partial(at_place, place=f"weights/{folder}/config.json", damage=layers)
        yield "weights", f"{name}-config-negative", spoil, (line,)


def _store(folder: Path, change: str) -> None:
    with contextlib.closing(sqlite3.connect(folder.parent / "store/rows.sqlite")) as store:
        store.execute(change)
        store.commit()


def _flipped(folder: Path) -> None:
    path = folder.parent / "store/rows.sqlite"
    content = bytearray(path.read_bytes())
    for at in range(100, len(content), 4096):
        content[at] ^= 0xFF
    path.write_bytes(content)


def _environment(content: dict) -> Iterator[Case]:
    def case(name: str, lines: tuple[str, ...], spoil=nothing, why: str = "", shell: str = "{}", **variables) -> Case:
        return Case("reported", f"env {name}", spoil, lines, why, environment=variables, shell=shell)

    llm, looks = (stage("captions", "llm"),), (stage("captions"), DOCTOR, "-m mmner costs")
    yield case("llm-SSL_CERT_FILE", llm, SSL_CERT_FILE="nowhere", why="no certificate is asked for over http")
    yield case("llm-ALL_PROXY-socks", llm, ALL_PROXY="socks5://127.0.0.1:9", NO_PROXY="", no_proxy="")
    yield case("llm-HTTP_PROXY-garbage", llm, HTTP_PROXY="://", http_proxy="://", NO_PROXY="", no_proxy="")
    yield case("store-v2-lacks-marks", looks, partial(_store, change="DROP TABLE marks"))
    yield case("store-flipped", looks, _flipped)
    yield case("ulimit-n-8", looks[:1], shell="ulimit -n 8; {}")
    heavy = (stage("features", "vision"),)
    yield case("ulimit-v-1000000", (stage("captions"), *heavy), shell="ulimit -v 1000000; {}", why="enough")
    yield case("ulimit-v-500000", (stage("captions"), *heavy), shell="ulimit -v 500000; {}", why="enough")
    locks = {"list": "a list", "string-stages": "stages a text", "list-stages": "stages a list", "no-path": "no path"}
    for name, kind in {**locks, "md5-int": "md5 a number", "unclosed": "unclosed"}.items():
        spoil = partial(yaml_files.replaced, file="dvc.lock", content=yaml_files.LOCKS[kind])
        yield case(f"dvc.lock-{name}", (DOCTOR, "-m mmner clean", "-m mmner costs --plan", stage("captions")), spoil)
