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
        return YAML(typ="safe").load(text) or {}
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{where}:{mark.line + 1}" if mark else where
        what = " ".join(str(getattr(error, "problem", None) or error).split())
        remedy = "correct the line; a value with a colon, a comma or a brace in braces wants quotes"
        raise InputError("yaml-syntax", what, where=place, remedy=remedy) from error
    except ValueError as error:  # a date of month 13, a number of 5,000 digits
        raise InputError("yaml-syntax", str(error), where=where, remedy="put such a value in quotes") from error


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
