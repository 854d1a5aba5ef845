"""YAML as DVC reads it: what it takes, a stage takes, and what it refuses, a stage and a command refuse by line.

DVC reads YAML 1.2 with ruamel.yaml, which differs from PyYAML: 1e-05 is a number, NO is a word, a key stands once.
"""

from __future__ import annotations

import re
from math import inf
from pathlib import Path
from typing import Any

from mmner.base import paths
from mmner.base.errors import InputError

DEEPEST, MOST = 100, 10**6  # brackets within each other, and values: beyond what any params.yaml or dvc.lock has


def parse(text: str, where: str) -> Any:
    """What `text` of file `where` holds, as plain dicts, lists and scalars; {} where it is empty.

    Errors: InputError `yaml-syntax` with the line.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    if (depth := _depth(text)) > DEEPEST:  # the C parser calls itself for each, until the process ends
        what = f"{depth} brackets within each other"
        raise InputError("yaml-syntax", what, where=where, remedy="close them, or write it in fewer levels")
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
    if (size := _size(content, set(), {})) > MOST:
        what = "an alias (*name) stands within what it stands for: that has no end"
        if size < inf:
            what = f"its aliases (*name) stand for {size:.0e} values, and DVC writes out each"
        raise InputError("yaml-syntax", what, where=where, remedy="write out what is meant in place of the alias")
    return content


def _depth(text: str) -> int:
    """How many brackets and braces are open at once in `text`, at most; those in quotes and comments count, too."""
    deepest = depth = 0
    for bracket in re.findall(r"[\[\]{}]", text):
        depth = max(depth + (1 if bracket in "[{" else -1), 0)
        deepest = max(deepest, depth)
    return deepest


def _size(value: Any, above: set[int], known: dict[int, float]) -> float:
    """How many values `value` has, each alias written out; inf where it holds itself. above: ids of what it is in."""
    if not isinstance(value, (dict, list)):
        return 1
    if id(value) in above:
        return inf
    if id(value) not in known:
        inner = value.values() if isinstance(value, dict) else value
        known[id(value)] = 1 + sum(_size(one, above | {id(value)}, known) for one in inner)
    return known[id(value)]


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
