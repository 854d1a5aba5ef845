"""From an answer's text to a validated value; a request whose answer does not fit is made once more."""

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
_FENCE = re.compile(r"```(?:json)?\s*(.*?)\s*```", re.DOTALL)
_THINKING = re.compile(r"<think>.*?</think>", re.DOTALL)


class AnswerSchema(pydantic.BaseModel):
    """Base of the schemas of answers: an object with exactly the schema's keys."""

    model_config = pydantic.ConfigDict(extra="forbid")


def ask(request: Request) -> Generator[Request, Answer, Any]:
    """The answer to `request`: an object of its schema, or text where it has none.

    Errors: InvalidAnswer, where the second answer does not fit either.
    """
    answer = yield request
    try:
        return check_answer(answer, request)
    except InvalidAnswer as first:
        if answer.rejected:
            raise
        demand = "with the JSON object alone" if request.schema else "with the text alone"
        answer = yield replace(
            request,
            retry_of=(answer.text[:MAX_QUOTED] or "(nothing)", f"That does not fit ({first}). Answer {demand}."),
        )
        return check_answer(answer, request)


def check_answer(answer: Answer, request: Request) -> Any:
    """The validated value of `answer`.

    Errors: InvalidAnswer `rejected`, `refused`, `truncated`, `answer does not fit`.
    """
    if answer.rejected:
        raise InvalidAnswer(f"rejected: {answer.rejected[:MAX_REASON]}")
    if answer.refusal or answer.finish == "content_filter":
        raise InvalidAnswer(f"refused: {(answer.refusal or 'content filter')[:MAX_REASON]}")
    text = _THINKING.sub("", answer.text).strip()
    if answer.finish == "length":
        raise InvalidAnswer("truncated: the answer was longer than max_tokens")
    if request.schema is None:
        if not text:
            raise InvalidAnswer("answer does not fit: it is empty")
        return text
    value = _parse_json(text)
    fields = list(request.schema.model_fields)
    if isinstance(value, list) and len(fields) == 1:  # TVO's own form of the answer
        value = {fields[0]: value}
    try:
        return request.schema.model_validate(value)
    except pydantic.ValidationError as error:
        first_error = error.errors()[0]
        field = ".".join(map(str, first_error["loc"]))
        reason = f"{field}: {first_error['msg']}" if field else first_error["msg"]
        raise InvalidAnswer(f"answer does not fit: {reason[:MAX_REASON]}") from None


def _parse_json(text: str) -> Any:
    """The JSON object or list in `text`, which may have fences and words around it. Errors: InvalidAnswer.

    Text that begins with { or [ must be JSON from there on: no inner piece of a truncated answer is taken.
    """
    fenced = _FENCE.search(text)
    text = fenced[1] if fenced else text
    starts = [0] if text.startswith(("{", "[")) else [match.start() for match in re.finditer(r"\{", text)]
    for start in starts:
        try:
            return json.JSONDecoder().raw_decode(text, start)[0]
        except (json.JSONDecodeError, RecursionError):
            continue
    raise InvalidAnswer("answer does not fit: no JSON")
