"""From an answer's text to a validated value; a request whose answer does not fit is made once more."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import Any

import pydantic

from mmner.llm.conversation import Answer, InvalidAnswer, Request
from mmner.llm.read_answer import answer_value, without_surrogates, without_thoughts

MAX_QUOTED = 2000  # characters of an answer that did not fit, shown to the model again
MAX_REASON = 200  # characters of a reason in a row's error


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
    if answer.finish == "length":
        raise InvalidAnswer("truncated: the answer was longer than max_tokens")
    try:
        return _validated(without_surrogates(without_thoughts(answer.text)).strip(), request)
    except InvalidAnswer:
        raise
    except Exception as error:  # one odd answer ends no stage
        raise InvalidAnswer(f"answer does not fit: {type(error).__name__}") from None


def _validated(text: str, request: Request) -> Any:
    """`text`, or the value of the request's schema in it. Errors: InvalidAnswer."""
    if request.schema is None:
        if not text:
            raise InvalidAnswer("answer does not fit: it is empty")
        return text
    fields = list(request.schema.model_fields)
    examples = (request.system, request.user) if request.examples is None else request.examples
    value = answer_value(text, fields, examples)
    if isinstance(value, list) and len(fields) == 1:  # TVO's own form of the answer
        value = {fields[0]: value}
    try:
        return request.schema.model_validate(value)
    except pydantic.ValidationError as error:
        first_error = error.errors()[0]
        field = ".".join(map(str, first_error["loc"]))
        reason = f"{field}: {first_error['msg']}" if field else first_error["msg"]
        raise InvalidAnswer(f"answer does not fit: {reason[:MAX_REASON]}") from None
