"""Bad values of every key of params.yaml.

A value that the params class refuses goes no further than the stage's and doctor's own way of building it, many in one
process; one that it takes is tried on the stage and on doctor as users run them.
"""

from __future__ import annotations

import copy
import json
import math
import os
import signal
import traceback
import typing
from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path

import pydantic

from benchmarks.bad_inputs.attempt import Case, Outcome
from benchmarks.bad_inputs.project import stage, write_params

SECONDS = 20  # to build one entry
VALUES = {
    "null": None,
    "[]": [],
    "{}": {},
    "empty": "",
    "x": "x",
    "-1": -1,
    "0": 0,
    "nan": math.nan,
    "inf": math.inf,
    "10^30": 10**30,
    "true": True,
    "date": date(2020, 1, 1),
    "half a character": "\ud800",
    "absent path": "data/absent",
    "a folder": "data/raw",
    "a FIFO": "data/fifo",
}
TEXTS = ("x", "empty", "absent path", "a folder", "a FIFO")
FREE = {  # keys that may have any text; a prompt, too, where it is no file's name
    *("model", "revision", "prompt", "domain", "domain_cue", "model_type", "as_of", "image_suffix", "path", "PER"),
}


def meant(kind: type, path: tuple[str, ...], value: str) -> str:
    """Why key `path` of `kind` may have the value called `value`; "" where no stage can mean it."""
    found = _field(kind, path)
    if found is None:
        return ""
    if (path[-1], value) in (("remote", "null"), ("clip", "10^30")) or (path[-1] in FREE and value in TEXTS):
        return "the default remote, no clipping, free text"
    if not found.is_required():
        default = found.get_default(call_default_factory=True)
        if type(default) is type(VALUES[value]) and default == VALUES[value]:
            return "the default"
    if value == "{}" and _inner(found) is not None:
        return "all its defaults"
    kinds = _kinds(found.annotation)
    if value == "null" and type(None) in kinds:
        return "null is allowed"
    if value == "true" and bool in kinds:
        return "one of the two"
    below, above = _bounds((found.annotation, *found.metadata))
    return "within bounds" if (value in ("0", "-1") and below) or (value == "10^30" and above) else ""


def _bounds(parts: tuple) -> tuple[bool, bool]:
    """Whether a constraint somewhere in `parts` of an annotation says how small, and how large a number may be."""
    below = above = False
    for part in parts:
        below |= any(hasattr(part, name) for name in ("ge", "gt"))
        above |= any(hasattr(part, name) for name in ("le", "lt"))
        inner = _bounds((*getattr(part, "metadata", ()), *typing.get_args(part)))
        below, above = below or inner[0], above or inner[1]
    return below, above


def _kinds(annotation) -> tuple:
    """The types that `annotation` is a union of."""
    if typing.get_origin(annotation) is typing.Annotated:
        return _kinds(typing.get_args(annotation)[0])
    parts = typing.get_args(annotation)
    if parts and typing.get_origin(annotation) not in (list, dict, tuple, typing.Literal):
        return tuple(kind for part in parts for kind in _kinds(part))
    return (annotation,)


def _field(kind: type, path: tuple[str, ...]):
    for name in path[:-1]:
        kind = _inner(_by_name(kind)[name])
        if kind is None:
            return None
    return _by_name(kind).get(path[-1])


def _by_name(kind: type) -> dict:
    return {field.alias or name: field for name, field in kind.model_fields.items()}


def _inner(field) -> type | None:
    models = [
        kind for kind in _kinds(field.annotation) if isinstance(kind, type) and issubclass(kind, pydantic.BaseModel)
    ]
    return models[0] if models else None


def paths(kind: type, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every key of params class `kind`, those of classes within it included."""
    for name, field in _by_name(kind).items():
        yield (*before, name)
        if (inner := _inner(field)) is not None:
            yield from paths(inner, (*before, name))


def changed(values: dict, path: tuple[str, ...], value: object) -> dict:
    """`values` with another `value` at `path`."""
    values = copy.deepcopy(values)
    place = values
    for name in path[:-1]:
        if not isinstance(place.get(name), dict):
            place[name] = {}
        place = place[name]
    place[path[-1]] = value
    return values


class Entry(typing.NamedTuple):
    """An entry of params.yaml that is spoilt: its class, its good content, what reads it."""

    section: str
    name: str
    kind: type
    good: dict
    commands: tuple[str, ...]


def entries(content: dict) -> Iterator[Entry]:
    """Every params class of every backend, and those of corpora, preparations, runs, train and evaluate."""
    from mmner.base import params
    from mmner.corpus.params import Corpus
    from mmner.evaluate.report import Evaluation
    from mmner.rows.stages import PREPARED, STAGES
    from mmner.train.params import Run, Training

    doctor = "-m mmner doctor --preparation tiny"
    for name in PREPARED:
        for backend, values in content[name].items():
            kind, _ = params.variant(name, backend, values, STAGES[name].backends)
            commands = (stage(name, backend), "-m mmner doctor --preparation bad")
            yield Entry(name, backend, kind.Params, values, commands)
    pictured = content["images"]["pictured"]
    kind, _ = params.variant(
        "images", "pictured", {k: v for k, v in pictured.items() if k not in ("corpus", "preparation", "remote")},
        STAGES["images"].backends,
    )  # fmt: skip
    keys = dict.fromkeys(("corpus", "preparation", "remote"), (typing.Any, None))
    whole = pydantic.create_model("Images", __base__=kind.Params, **keys)
    yield Entry("images", "pictured", whole, pictured, (stage("images"), "-m mmner doctor --preparation bad"))
    yield Entry("corpora", "tiny", Corpus, content["corpora"]["tiny"], (stage("examples"), doctor))
    chosen = dict.fromkeys(("corpus", "remote", *PREPARED), (typing.Any, ...))
    preparation = pydantic.create_model("Preparation", **chosen)
    yield Entry("preparations", "tiny", preparation, content["preparations"]["tiny"], (stage("examples"), doctor))
    train = (stage("train"), "-m mmner doctor --run tiny")
    yield Entry("train", "tiny", Training, content["train"]["tiny"], train)
    yield Entry("runs", "tiny", Run, content["runs"]["tiny"], train)
    yield Entry("evaluate", "strict", Evaluation, content["evaluate"]["strict"], (stage("evaluate"), train[1]))


def spoilt(content: dict, entry: Entry, values: dict) -> dict:
    """params.yaml with `values` as the entry, and a preparation `bad` that uses it."""
    content = copy.deepcopy(content)
    content[entry.section][entry.name] = values
    content["preparations"]["bad"] = {**content["preparations"]["tiny"]}
    if entry.section in content["preparations"]["bad"]:
        content["preparations"]["bad"][entry.section] = entry.name
    if entry.section == "images":
        content["preparations"]["bad"]["corpus"] = entry.name
    return content


def write(content: dict, folder: Path) -> None:
    write_params(folder, content)
    if "data/fifo" in (folder / "params.yaml").read_text():
        os.mkfifo(folder / "data/fifo")


def refused(content: dict, base: Path) -> tuple[list[Outcome], list[Case]]:
    """What building says of each bad value, and the cases whose value it takes."""
    reader, writer = os.pipe()
    process = os.fork()
    if not process:
        os.close(reader)
        os.chdir(base / "project")
        os.environ["MMNER_STORE"] = str(base / "store")
        with os.fdopen(writer, "w") as told:
            for number, entry in enumerate(entries(content)):
                for path in paths(entry.kind):
                    for name, value in VALUES.items():
                        said = _built(spoilt(content, entry, changed(entry.good, path, value)), entry)
                        told.write(json.dumps([number, path, name, said]) + "\n")
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as told:
        lines = [json.loads(line) for line in told]
    os.waitpid(process, 0)
    outcomes, cases, listed = [], [], list(entries(content))
    for number, path, name, said in lines:
        entry = listed[number]
        label = f"{entry.section}.{entry.name}.{'.'.join(path)}={name}"
        why = meant(entry.kind, tuple(path), name)
        spoil = partial(write, spoilt(content, entry, changed(entry.good, tuple(path), VALUES[name])))
        case = Case("params", label, spoil, entry.commands, why)
        if said is None:
            cases.append(case)
        else:
            kind, words = said
            outcomes.append(Outcome(case, "build", kind, words, words.partition("]")[0].rpartition("[")[2]))
    return outcomes, cases


def _built(content: dict, entry: Entry) -> list | None:
    """What the stage and doctor say of the entry as they build it; None where both take it."""
    from mmner.base.errors import InputError

    def late(*_):
        raise TimeoutError("not built in time")

    signal.signal(signal.SIGALRM, late)
    signal.alarm(SECONDS)
    try:
        return (
            _doctor_says(content, entry) if not _stage_refuses(content, entry) else _doctor_says(content, entry, True)
        )
    except InputError as error:
        return ["named" if error.remedy else "no remedy", str(error)]
    except TimeoutError as error:
        return ["hung", str(error)]
    except Exception:
        return ["traceback", traceback.format_exc()]
    finally:
        signal.alarm(0)


def _stage_refuses(content: dict, entry: Entry) -> bool:
    """Whether building the entry as its stage does is an InputError. Errors: whatever else building raises."""
    from mmner.base import params, sharing
    from mmner.base.errors import InputError
    from mmner.corpus.params import load
    from mmner.images import illustrated_corpus
    from mmner.rows.command import build_backend
    from mmner.rows.stages import STAGES
    from mmner.train.params import select

    try:
        params.check_names(content, "params.yaml")
        if entry.section == "images":
            _, variant = illustrated_corpus.source_and_variant(content, entry.name)
            build_backend(STAGES["images"], entry.name, variant, "data/raw/tiny")
        elif entry.section in STAGES:
            build_backend(STAGES[entry.section], entry.name, content[entry.section][entry.name], "data/raw/tiny")
        elif entry.section == "corpora":
            load(content, entry.name)
        elif entry.section == "preparations":
            sharing.check_preparations(content, "tiny")
        elif entry.section in ("runs", "train"):
            select(content, "tiny")
        else:
            params.build(entry.kind, content[entry.section][entry.name], entry.name)
    except InputError as error:
        if not error.remedy:
            raise
        return True
    return False


def _doctor_says(content: dict, entry: Entry, expected: bool = False) -> list | None:
    """What doctor's walk over params.yaml finds. expected: the stage has refused the entry, so must doctor."""
    from mmner.base import params
    from mmner.base.errors import InputError
    from mmner.tools.doctor.collector import Collector

    try:
        params.check_names(content, "params.yaml")
    except InputError as error:
        return ["named" if error.remedy else "no remedy", str(error)]
    collector = Collector(content, Path("data/raw"))
    collector.run("tiny") if entry.section in ("runs", "train", "evaluate") else collector.preparation("bad")
    if entry.section in ("corpora", "preparations"):
        collector.preparation("tiny")
    for _, finding in collector.findings:
        if finding.status == "FAIL":
            kind = "traceback" if "unforeseen" in finding.message else "named" if finding.remedy else "no remedy"
            return [kind, finding.message + "\n  remedy: " + finding.remedy]
    return ["accepted", "doctor takes what the stage refuses"] if expected else None
