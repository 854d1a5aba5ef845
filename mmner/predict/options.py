"""Options NAME=VALUE of the commands."""

from __future__ import annotations

from collections.abc import Iterable

from mmner.base.errors import InputError


def pairs(given: Iterable[str], option: str) -> dict[str, str]:
    """NAME=VALUE arguments as a dict. Errors: InputError `bad-option`."""
    found = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not (name and equals and value):
            raise InputError("bad-option", f"{option} {text}", remedy=f"write it as {option} NAME=VALUE")
        found[name] = value
    return found
