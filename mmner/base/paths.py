"""Paths as people write them."""

from __future__ import annotations

import os
from typing import Any

from mmner.base.errors import InputError


def expanded(value: Any) -> Any:
    """`value`, with the home folder where it, or a text in it, begins with `~/`: a shell expands it, YAML doesn't.

    Errors: InputError `no-home`.
    """
    if isinstance(value, dict):
        return {key: expanded(content) for key, content in value.items()}
    if isinstance(value, list):
        return [expanded(content) for content in value]
    if not isinstance(value, str) or not value.startswith("~/"):
        return value
    path = os.path.expanduser(value)
    if path == value:
        raise InputError("no-home", "this user has no home folder", where=value, remedy="set HOME, or write it in full")
    return path
