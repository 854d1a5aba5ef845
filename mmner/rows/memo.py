"""What was remembered, read by its form. What does not fit any more is forgotten, and so asked for again."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TypeVar

import pydantic

from mmner.rows.contract import Memo


class Remembered(pydantic.BaseModel):
    """Base of the forms. A field that a later version adds needs a default: stores out there lack it."""

    model_config = pydantic.ConfigDict(strict=True, frozen=True)


Form = TypeVar("Form", bound=Remembered)


def read(memo: Memo, keys: Iterable[str], form: type[Form]) -> dict[str, Form]:
    """Those of `keys` that `memo` knows in this form; what it has under others is forgotten, which one line says.

    Whoever remembers a new answer then has it stored: `put` keeps what is known.
    """
    known, unusable = {}, []
    for key, value in memo.get(keys).items():
        try:
            known[key] = form.model_validate(value)
        except pydantic.ValidationError:
            unusable.append(key)
    if unusable:
        memo.forget(unusable)
        what = f"{len(unusable)} of what was remembered can't be used as {form.__name__.lstrip('_')}"
        print(f"WARNING: {what}: it is forgotten, and asked for again", file=sys.stderr)
    return known
