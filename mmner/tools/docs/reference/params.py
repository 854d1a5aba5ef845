"""docs/reference/params.md: each section of params.yaml, with the keys of its entries, from the Params classes."""

from __future__ import annotations

import importlib
import inspect
import io
import json
import re
import tokenize
from collections.abc import Iterator
from typing import Any

from mmner.base.params import SECTIONS, Params
from mmner.corpus.params import Corpus
from mmner.evaluate.report import Evaluation
from mmner.rows.stages import PREPARED, STAGES
from mmner.tag.params import System
from mmner.tools.docs.reference import markdown
from mmner.tools.docs.reference.markdown import code
from mmner.train.params import Run, Training

ENTRIES: dict[str, tuple[str, type[Params]]] = {  # sections whose entries are of one class, and what an entry is
    "corpora": ("A corpus: posts with splits.", Corpus),
    "train": ("How a run is trained.", Training),
    "evaluate": ("How a run is scored.", Evaluation),
    "runs": ("A training of the model on a preparation, and its score.", Run),
}
# Sections whose entries have keys of one class, and beside them a backend's.
SYSTEMS = {"systems": ("Another system, tagged or scored beside runs: these keys, and those of its backend.", System)}
INTRODUCTION = """# params.yaml

Each section holds entries under names of your choice. An entry of a stage's section, a *variant*, has the key `backend`
and the keys of that backend. Keys without a default have to be there; an unknown one is an error.
[Everyday work](../everyday.md#paramsyaml) says how the file is read, [Extending](../extending.md) has an example of
each entry."""
BOUNDS = {
    "minimum": "≥ {}",
    "exclusiveMinimum": "> {}",
    "maximum": "≤ {}",
    "exclusiveMaximum": "< {}",
    "minLength": "{} characters at least",
    "maxLength": "{} characters at most",
    "minItems": "{} at least",
    "maxItems": "{} at most",
    "minProperties": "{} at least",
    "pattern": "matches {}",
}
TYPES = {"integer": "whole number", "number": "number", "string": "text", "boolean": "true or false", "null": "null"}


def page() -> str:
    lines, parts = [markdown.GENERATED, "", INTRODUCTION], {}
    for section in SECTIONS:
        lines += ["", f"## {section}", ""]
        if section == "preparations":
            stages = ", ".join(f"{code(stage)}" for stage in PREPARED)
            lines.append(
                f"A corpus (`corpus`), the DVC remote of its artifacts (`remote`, null for the default one), and the "
                f"name of a variant for each of the stages {stages}."
            )
        elif section in ENTRIES:
            about, kind = ENTRIES[section]
            lines += [about, "", *_of(kind, parts)]
        else:
            if section in SYSTEMS:
                lines += [SYSTEMS[section][0], "", *_of(SYSTEMS[section][1], parts), ""]
            stage = next(stage for stage in STAGES.values() if stage.section == section)
            for name, place in stage.backends.items():
                module, _, attribute = place.partition(":")
                backend = getattr(importlib.import_module(module), attribute)
                lines += [f"### {section}: {name}", "", markdown.prose(backend.__doc__), ""]
                lines += [*_of(backend.Params, parts), ""]
            lines.pop()
    lines += ["", "## Parts of these", ""]
    done: set[str] = set()
    while todo := [name for name in parts if name not in done]:  # a part may have parts
        for name in todo:
            done.add(name)
            lines += [f"### {name}", "", *_of(parts[name], parts), ""]
    return "\n".join(lines).rstrip() + "\n"


def _of(kind: type[Params], parts: dict[str, type[Params]]) -> list[str]:
    """The docstring and the table of the keys of `kind`; `parts` gets the classes that values of it have."""
    schema = kind.model_json_schema()
    classes = {one.__name__: one for one in _nested(kind)}
    comments = _comments(kind)
    rows = []
    for key, about in schema.get("properties", {}).items():
        used = {name.rpartition("/")[2] for name in re.findall(r'"\$ref": "([^"]+)"', json.dumps(about))}
        parts |= {name: classes[name] for name in used if name in classes}
        default = "" if key in schema.get("required", ()) else code(_yaml(about.get("default")))
        named = next(name for name, field in kind.model_fields.items() if (field.alias or name) == key)
        rows.append((code(key), _type(about), default, _bounds(about), markdown.prose(comments.get(named))))
    own = kind.__doc__ if "__doc__" in vars(kind) and kind.__doc__ else None
    lines = [markdown.prose(own), ""] if own else []
    return (
        [*lines, *markdown.table(("key", "type", "default", "bounds", "what"), rows)] if rows else [*lines, "No keys."]
    )


def _nested(kind: type[Params]) -> Iterator[type[Params]]:
    for field in kind.model_fields.values():
        for one in _classes(field.annotation):
            yield one
            yield from _nested(one)


def _classes(annotation: Any) -> Iterator[type[Params]]:
    if inspect.isclass(annotation) and issubclass(annotation, Params):
        yield annotation
    for argument in getattr(annotation, "__args__", ()):
        yield from _classes(argument)


def _type(about: dict) -> str:
    if "$ref" in about:
        name = about["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in about:
        return " or ".join(dict.fromkeys(_type(one) for one in about["anyOf"]))
    if "enum" in about or "const" in about:
        return ", ".join(code(value) for value in about.get("enum", [about.get("const")]))
    match about.get("type"):
        case "array":
            return f"list of {_type(about['items'])}" if about.get("items") else "list"
        case "object":
            values = about.get("additionalProperties")
            return f"mapping to {_type(values)}" if isinstance(values, dict) and values else "mapping"
        case None:
            return "anything"
        case name:
            return TYPES[name]


def _bounds(about: dict) -> str:
    found = [text.format(_number(about[key], key)) for key, text in BOUNDS.items() if key in about]
    for inner in (*about.get("anyOf", ()), *([about["items"]] if about.get("items") else ())):
        found += [one for one in [_bounds(inner)] if one]
    return ", ".join(dict.fromkeys(found))


def _number(value: object, key: str) -> str:
    if key == "pattern":
        return code(value)
    if isinstance(value, int) and abs(value) >= 2**62:
        return "-2⁶³" if value < 0 else "2⁶³"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _yaml(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) if not isinstance(value, str) else value or '""'


def _comments(kind: type[Params]) -> dict[str, str]:
    """The comments beside fields in the source of `kind` and of its bases."""
    found: dict[str, str] = {}
    for one in reversed([each for each in kind.__mro__ if issubclass(each, Params) and each is not Params]):
        for token in tokenize.generate_tokens(io.StringIO(inspect.cleandoc(inspect.getsource(one))).readline):
            if token.type == tokenize.COMMENT and (named := re.match(r"\s*(\w+): .*[^\s#]", _before(token))):
                found[named[1]] = token.string.lstrip("# ")
    return {name: text for name, text in found.items() if name in kind.model_fields}


def _before(token: tokenize.TokenInfo) -> str:
    """The code that stands before a comment in its line."""
    return token.line[: token.start[1]]
