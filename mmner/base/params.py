"""params.yaml as frozen, validated objects; an unknown or missing key names itself and what is allowed."""

from __future__ import annotations

import importlib
from pathlib import Path, PurePosixPath

import pydantic
import yaml

from mmner.base.errors import InputError
from mmner.base.requirements import Requirement


class Params(pydantic.BaseModel):
    """Base of every params class: frozen, no unknown keys, no silent change of type."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True, strict=True, protected_namespaces=())

    def requirements(self) -> tuple[Requirement, ...]:
        """What must exist before anything can be computed with these params."""
        return ()

    def limits(self) -> dict[str, float | None]:
        """Kind (money, requests, bytes) -> how much of it one run of a stage may spend; None: without limit."""
        return {}


def no_duplicates(values: list) -> list:
    """`values`. A pydantic validator; errors: ValueError where a value occurs twice."""
    if duplicates := [value for place, value in enumerate(values) if value in values[:place]]:
        raise ValueError(f"{duplicates[0]} stands twice")
    return values


def inside(path: str) -> str:
    """A validator for paths in a corpus's folder: DVC watches that, and would never see what lies elsewhere change."""
    pure = PurePosixPath(path)
    controls = any(char < " " or "\ud800" <= char <= "\udfff" for char in path)
    odd = not path.strip() or controls or "\\" in path or ":" in path[1:2]
    if odd or pure.is_absolute() or ".." in pure.parts:
        raise ValueError(f"{path!r} is no path within the corpus's folder, all that DVC watches: copy it there")
    return path


def load(path: str | Path) -> dict:
    """params.yaml as plain dicts. Errors: InputError `missing-params`, `params-syntax` with the line."""
    try:
        return yaml.safe_load(Path(path).read_text(encoding="utf-8")) or {}
    except FileNotFoundError as error:
        raise InputError("missing-params", "no such file", where=str(path)) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        raise InputError("params-syntax", str(getattr(error, "problem", error)), where=f"{path}{line}") from error


def entry(params: dict, section: str, name: str) -> dict:
    """`params[section][name]`. Errors: InputError `unknown-section`, `unknown-entry` with the names that exist."""
    if not isinstance(params.get(section), dict):
        raise InputError(
            "unknown-section", f"no section {section}", where="params.yaml", remedy=f"one of {list(params)}"
        )
    if name not in params[section]:
        allowed = ", ".join(params[section]) or "(none)"
        raise InputError(
            "unknown-entry", f"no entry {name}", where=f"params.yaml: {section}", remedy=f"one of: {allowed}"
        )
    return params[section][name] or {}


def build(cls: type[Params], values: dict, entry_name: str) -> Params:
    """`values` as a `cls`. Errors: InputError `bad-params` naming each wrong key and the allowed ones."""
    try:
        return cls.model_validate(values)
    except pydantic.ValidationError as error:
        problems = []
        for item in error.errors():
            key = ".".join(str(part) for part in item["loc"]) or "(entry)"
            kind = {"extra_forbidden": "unknown key", "missing": "missing key"}.get(
                item["type"], item["msg"].removeprefix("Value error, ")
            )
            if item["type"] == "string_type" and not isinstance(item["input"], (dict, list)):
                kind = f"{item['input']!r} is no text; YAML reads NO, on, 1, 2020-01-01 and null so: put it in quotes"
            problems.append(f"{key}: {kind}")
        remedy = f"allowed keys: {', '.join(cls.model_fields)}"
        raise InputError(
            "bad-params", "; ".join(problems), where=f"params.yaml: {entry_name}", remedy=remedy
        ) from error


def backend(section: str, name: str, values: dict, classes: dict[str, str], memo=None):
    """The backend of variant `name` of `section`, whose entry is `values`; built from its params and `memo`.

    `classes`: as in `variant`. Errors: InputError `unknown-backend` with the allowed names, `bad-params`, and the
    backend's own.
    """
    cls, backend_params = variant(section, name, values, classes)
    return cls(backend_params, memo)


def variant(section: str, name: str, values: dict, classes: dict[str, str]) -> tuple[type, Params]:
    """The class and the params of the backend of variant `name` of `section`, whose entry is `values`.

    `classes`: backend's name -> "module:Class"; only the chosen module is imported. A backend class has a nested
    `Params`, and its first argument is one.
    Errors: InputError `unknown-backend` with the allowed names, `bad-params`.
    """
    entry_name = f"{section}.{name}"
    backend_values = dict(values)
    backend_name = backend_values.pop("backend", None)
    if backend_name not in classes:
        allowed = ", ".join(classes)
        raise InputError(
            "unknown-backend",
            f"backend: {backend_name}",
            where=f"params.yaml: {entry_name}",
            remedy=f"one of: {allowed}",
        )
    module, _, attribute = classes[backend_name].partition(":")
    cls = getattr(importlib.import_module(module), attribute)
    return cls, build(cls.Params, backend_values, entry_name)
