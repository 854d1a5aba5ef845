"""What a row of a precomputed file may hold."""

from __future__ import annotations

from typing import Annotated, Any

import pydantic
from pydantic import AfterValidator, BeforeValidator, Field

from mmner.base.params import MOST, Count, Natural, Words
from mmner.base.params import Params as BaseParams

ROUNDING = 1e-5  # how far beyond 0..1 a share may come out of somebody's float32


def _share(value: float) -> float:
    """`value`, without what rounding added. Errors: ValueError where it is none."""
    if not -ROUNDING <= value <= 1 + ROUNDING:
        raise ValueError(f"{value} is not in 0..1: divide pixels by the image's width or height")
    return min(max(value, 0.0), 1.0)


def text_id(value: Any) -> Any:
    """An id as the text that ours are: pandas and YAML make numbers of digits."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Share = Annotated[float, AfterValidator(_share)]
Score = Annotated[float, Field(ge=-MOST, le=MOST)]  # a probability, a logit: whatever the program has


class Row(pydantic.BaseModel):
    """What names a row's example, and why it has no answer; all that the row may lack."""

    model_config = pydantic.ConfigDict(extra="ignore", strict=True)

    id: Annotated[str | None, BeforeValidator(text_id)] = None
    image: str | None = None
    split: str | None = None
    index: int | None = None
    error: str | None = None


class Step(BaseParams):
    name: Words
    text: Words


class Span(BaseParams):
    """Tokens start..end (end exclusive); `text` is the tokens' own where the file has none."""

    start: Natural
    end: Count
    text: Words | None = None
    score: Score = 1.0


class Box(BaseParams):
    x0: Share
    y0: Share
    x1: Share
    y1: Share


class Region(BaseParams):
    expression: Words
    label: Words
    score: Score
    box: Box
