"""From an answer's text to a checked value; what does not fit is asked for once more."""

from __future__ import annotations

import json
import re
from collections.abc import Generator
from dataclasses import replace
from typing import Any

import pydantic

from mmner.llm.conversation import Answer, InvalidAnswer, Request

MAX_QUOTED = 2000  # characters of an answer that did not fit, shown to the model again
MAX_REASON = 200  # characters of a reason in a row's error
_FENCED = re.compile(r"```(?:json)?\s*(.*?)\s*```", re.DOTALL)
_THOUGHT = re.compile(r"<think>.*?</think>", re.DOTALL)


class Root(pydantic.BaseModel):
    """Base of what an answer must be: an object of exactly these keys."""

    model_config = pydantic.ConfigDict(extra="forbid")


def ask(request: Request) -> Generator[Request, Answer, Any]:
    """The answer to `request`: an object of its schema, or text where it has none.

    Errors: InvalidAnswer, after two answers.
    """
    answer = yield request
    try:
        return fitting(answer, request)
    except InvalidAnswer as first:
        if answer.rejected:
            raise
        wanted = "with the JSON object alone" if request.schema else "with the text alone"
        answer = yield replace(
            request,
            retry_of=(answer.text[:MAX_QUOTED] or "(nothing)", f"That does not fit ({first}). Answer {wanted}."),
        )
        return fitting(answer, request)


def fitting(answer: Answer, request: Request) -> Any:
    """What `answer` holds, checked. Errors: InvalidAnswer `rejected`, `refused`, `truncated`, `answer does not fit`."""
    if answer.rejected:
        raise InvalidAnswer(f"rejected: {answer.rejected[:MAX_REASON]}")
    if answer.refusal or answer.finish == "content_filter":
        raise InvalidAnswer(f"refused: {(answer.refusal or 'content filter')[:MAX_REASON]}")
    text = _THOUGHT.sub("", answer.text).strip()
    if answer.finish == "length":
        raise InvalidAnswer("truncated: the answer was longer than max_tokens")
    if request.schema is None:
        if not text:
            raise InvalidAnswer("answer does not fit: it is empty")
        return text
    found = _json(text)
    fields = list(request.schema.model_fields)
    if isinstance(found, list) and len(fields) == 1:  # TVO's own form of the answer
        found = {fields[0]: found}
    try:
        return request.schema.model_validate(found)
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        reason = f"{place}: {first['msg']}" if place else first["msg"]
        raise InvalidAnswer(f"answer does not fit: {reason[:MAX_REASON]}") from None


def _json(text: str) -> Any:
    """The JSON object or list in `text`; fences and words may stand around it. Errors: InvalidAnswer.

    Text that begins as JSON must be it: no piece is saved from inside an answer that was cut off.
    """
    fenced = _FENCED.search(text)
    text = fenced[1] if fenced else text
    starts = [0] if text.startswith(("{", "[")) else [place.start() for place in re.finditer(r"\{", text)]
    for start in starts:
        try:
            return json.JSONDecoder().raw_decode(text, start)[0]
        except (json.JSONDecodeError, RecursionError):
            continue
    raise InvalidAnswer("answer does not fit: no JSON")
