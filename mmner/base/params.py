"""params.yaml as frozen, validated objects; an unknown or missing key names itself and what is allowed."""

from __future__ import annotations

import importlib
import re
from pathlib import Path, PurePosixPath
from typing import Annotated, get_args

import pydantic

from mmner.base import paths, yaml_files
from mmner.base.errors import InputError
from mmner.base.requirements import Requirement

SECTIONS = (  # of params.yaml; each holds named entries
    *("corpora", "captions", "candidates", "images", "knowledge", "expressions", "regions", "chains", "features"),
    *("preparations", "train", "evaluate", "runs", "systems"),
)
REMOTE = "remote"  # of a preparation, a run, a corpus: the DVC remote that its artifacts go to; null: the default one
MAX_NAME = 100  # characters
NAME = re.compile(rf"[A-Za-z0-9][A-Za-z0-9_-]{{0,{MAX_NAME - 1}}}")


MOST = 10**9  # of what a stage counts: whoever means no limit can write it
Count = Annotated[int, pydantic.Field(ge=1, le=MOST)]
Natural = Annotated[int, pydantic.Field(ge=0, le=MOST)]
Large = Annotated[int, pydantic.Field(ge=1, lt=2**63)]  # bytes, pixels
Size = Annotated[int, pydantic.Field(ge=1, le=2**16)]  # of a part of a network, or the side of an image in pixels
Rate = Annotated[float, pydantic.Field(gt=0, le=1000)]  # of learning
Weight = Annotated[float, pydantic.Field(ge=0, le=MOST)]  # of a term of a loss, or of a price
Seconds = Annotated[float, pydantic.Field(ge=0, le=MOST)]
Seed = Annotated[int, pydantic.Field(ge=0, lt=2**63)]  # what torch and numpy take both


def _named(place: str) -> str:
    if not place.strip():
        raise ValueError("empty: it names no file, folder or model")
    return place


def _words(value: str) -> str:
    if not value.strip() or "\0" in value:
        raise ValueError(f"{value!r} is no text: leave it out where there is none")
    return value


Words = Annotated[str, pydantic.AfterValidator(_words)]
Place = Annotated[str, pydantic.AfterValidator(_named)]  # "" would be the folder that we are in


class Params(pydantic.BaseModel):
    """Base of every params class: frozen, no unknown keys, no silent change of type, no infinite number."""

    model_config = pydantic.ConfigDict(
        extra="forbid", frozen=True, strict=True, protected_namespaces=(), allow_inf_nan=False
    )

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
    """params.yaml as plain dicts. Errors: those of `yaml_files.read` and `check_names`."""
    content = yaml_files.read(path)
    check_names(content, str(path))
    return content


def check_names(content: dict, where: str) -> None:
    """Errors: InputError `bad-section` where a section of `content` has no named entries, `bad-name`, `bad-params`."""
    _, errors = well_formed(content, where)
    if errors:
        raise errors[0]


def well_formed(content: dict, where: str) -> tuple[dict, list[InputError]]:
    """`content` of a params.yaml without the sections and entries that are none, and an error about each of them."""
    kept, errors = dict(content), []
    for section in SECTIONS:
        entries = content.get(section)
        if entries is not None and not isinstance(entries, dict):
            remedy = f"write `{section}:` with one indented `name:` for each entry"
            what = f"section {section} is a {type(entries).__name__} and not a mapping"
            errors.append(InputError("bad-section", what, where=where, remedy=remedy))
            entries = kept[section] = {}
        wrong = {
            name: error for name, one in (entries or {}).items() if (error := _of_entry(section, name, one, where))
        }
        errors += wrong.values()
        if wrong:
            kept[section] = {name: one for name, one in entries.items() if name not in wrong}
    return kept, errors


def _of_entry(section: str, name: object, content: object, where: str) -> InputError | None:
    """What is wrong with the form of entry `name` of `section`."""
    if not isinstance(name, str) or not NAME.fullmatch(name):
        return _bad_name(section, name, where)
    if content is not None and not isinstance(content, dict):
        what = f"{name} is a {type(content).__name__} and not a mapping"
        return InputError("bad-section", what, where=f"{where}: {section}", remedy="write its keys below it")
    for key, variant in (content or {}).items() if section == "preparations" else ():
        if not isinstance(variant, str) and (key, variant) != (REMOTE, None):
            what = f"{key}: {variant!r} is no name of a variant"
            remedy = f"one name, such as `{key}: none`; in quotes if it is a number"
            return InputError("bad-params", what, where=f"{where}: preparations.{name}", remedy=remedy)
    return None


def _bad_name(section: str, name: object, where: str) -> InputError:
    better = re.sub(r"[^A-Za-z0-9_-]+", "_", str(name)).lstrip("_-")[:MAX_NAME] or "mine"
    what = f"{name!r} is no name: DVC splits at dots, and it becomes a folder and a word of a command"
    remedy = f"letters, digits, _ and -, beginning with a letter or a digit, {MAX_NAME} at most: {better}"
    if not isinstance(name, str):
        what = f"{name!r} is no name but a {type(name).__name__}: YAML reads unquoted numbers, dates and null so"
        remedy = f'put it in quotes, or take another: "{better}"'
    return InputError("bad-name", what, where=f"{where}: {section}", remedy=remedy)


def entry(params: dict, section: str, name: str) -> dict:
    """`params[section][name]`. Errors: InputError `unknown-section`, `unknown-entry` with the names that exist."""
    if not isinstance(params.get(section), dict):
        raise InputError(
            "unknown-section", f"no section {section}", where="params.yaml", remedy=f"one of {list(params)}"
        )
    if not isinstance(name, str) or name not in params[section]:
        allowed = ", ".join(params[section]) or "(none)"
        raise InputError(
            "unknown-entry", f"no entry {name}", where=f"params.yaml: {section}", remedy=f"one of: {allowed}"
        )
    return params[section][name] or {}


def corpus_of(params: dict, preparation: str) -> str:
    """The name of the corpus of `preparation`. Errors: InputError `bad-params` where it has none; those of `entry`."""
    chosen = entry(params, "preparations", preparation)
    if "corpus" not in chosen:
        where = f"params.yaml: preparations.{preparation}"
        remedy = f"one of: {', '.join(params.get('corpora') or {}) or '(none)'}"
        raise InputError("bad-params", "no corpus", where=where, remedy=f"name it as corpus, {remedy}")
    return chosen["corpus"]


def build(cls: type[Params], values: dict, entry_name: str) -> Params:
    """`values` as a `cls`, `~/` in a path expanded.

    Errors: InputError `bad-params` naming each wrong key, and the allowed ones of each place that has one, `no-home`.
    """
    try:
        return cls.model_validate(paths.expanded(values))
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
        places = [item["loc"][:-1] for item in error.errors() if item["type"] in ("extra_forbidden", "missing")]
        remedies = [_allowed(cls, place) for place in dict.fromkeys(places)]
        remedy = "; ".join(remedies or ["docs/reference/params.md has the values that each key can have"])
        raise InputError(
            "bad-params", "; ".join(problems), where=f"params.yaml: {entry_name}", remedy=remedy
        ) from error


def _allowed(cls: type[Params], place: tuple[str | int, ...]) -> str:
    """The keys that `cls` can have at `place`, the keys and indices that lead there."""
    for part in place:
        inside = [field.annotation for name, field in cls.model_fields.items() if part in (name, field.alias)]
        cls = next((found for annotation in inside for found in _classes(annotation)), cls)
    keys = ", ".join(field.alias or name for name, field in cls.model_fields.items())
    return f"allowed keys of {'.'.join(map(str, place))}: {keys}" if place else f"allowed keys: {keys}"


def _classes(annotation) -> list[type[Params]]:
    """The params classes in a type such as `dict[str, Words] | None`."""
    if isinstance(annotation, type) and issubclass(annotation, pydantic.BaseModel):
        return [annotation]
    return [found for part in get_args(annotation) for found in _classes(part)]


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
    if not isinstance(backend_name, str) or backend_name not in classes:
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
