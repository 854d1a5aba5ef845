"""YAML as DVC reads it: what it takes, a stage takes, and what it refuses, a stage and a command refuse by line.

DVC reads YAML 1.2 with ruamel.yaml, which differs from PyYAML: 1e-05 is a number, NO is a word, a key stands once.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mmner.base import paths
from mmner.base.errors import InputError


def parse(text: str, where: str) -> Any:
    """What `text` of file `where` holds, as plain dicts, lists and scalars; {} where it is empty.

    Errors: InputError `yaml-syntax` with the line.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        content = YAML(typ="safe").load(text) or {}
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{where}:{mark.line + 1}" if mark else where
        what = " ".join(str(getattr(error, "problem", None) or error).split())
        remedy = "correct the line; a value with a colon, a comma or a brace in braces wants quotes"
        raise InputError("yaml-syntax", what, where=place, remedy=remedy) from error
    except ValueError as error:  # a date of month 13, a number of 5,000 digits
        raise InputError("yaml-syntax", str(error), where=where, remedy="put such a value in quotes") from error
    if _holds_itself(content, set(), set()):
        what = "an alias (*name) stands within what it stands for: that has no end"
        raise InputError("yaml-syntax", what, where=where, remedy="write out what is meant in place of the alias")
    return content


def _holds_itself(value: Any, above: set[int], done: set[int]) -> bool:
    """Whether a mapping or list holds itself. above: ids of what `value` is in. done: ids of those that do not."""
    if not isinstance(value, (dict, list)) or id(value) in done:
        return False
    if id(value) in above:
        return True
    inner = value.values() if isinstance(value, dict) else value
    if any(_holds_itself(one, above | {id(value)}, done) for one in inner):
        return True
    done.add(id(value))
    return False


def read(path: str | Path) -> dict[str, Any]:
    """The mapping that the file at `path` holds. Errors: InputError `missing-file`, `yaml-syntax`, `not-a-mapping`."""
    remedy = "run this in the repository's root; git checkout brings a file back that was there"
    try:
        text = paths.read_text(path)
    except OSError as error:
        raise InputError("missing-file", error.strerror or str(error), where=str(path), remedy=remedy) from error
    except UnicodeDecodeError as error:
        what = f"byte 0x{error.object[error.start]:02x} is no UTF-8, which is all that DVC reads"
        line = error.object[: error.start].count(b"\n") + 1
        raise InputError("yaml-syntax", what, where=f"{path}:{line}", remedy="save the file as UTF-8") from error
    content = parse(text, str(path))
    if not isinstance(content, dict):
        what = f"a {type(content).__name__} where keys and values belong"
        raise InputError("not-a-mapping", what, where=str(path), remedy="write `name: value` in each line")
    return content
