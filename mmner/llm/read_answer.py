"""From the body of a completion to an Answer that can be stored, and from its text to a JSON value."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable
from typing import Any

from mmner.llm.conversation import Answer, InvalidAnswer, Request
from mmner.llm.params import LlmParams

FINISHES = ("stop", "length", "content_filter", "tool_calls", "function_call")
MAX_COUNT = 10**9  # tokens of one request whose own bound is not known
MAX_DIGITS = 400  # of a number; a longer one is infinite
MAX_COMMAS = 100  # trailing ones that are taken from one value
WINDOW = 200  # characters around an error that are looked at
NO_CHOICE = "the server gave no answer"
_TAG = r"(?:think|thinking|thought|reasoning)"
_THOUGHT = re.compile(rf"<\s*{_TAG}\s*>.*?<\s*/\s*{_TAG}\s*>", re.DOTALL | re.IGNORECASE)
_THOUGHT_END = re.compile(rf"<\s*/\s*{_TAG}\s*>", re.IGNORECASE)
_THOUGHT_START = re.compile(rf"<\s*{_TAG}\s*>", re.IGNORECASE)
_LEADING_FENCE = re.compile(r"\s*```(?:json)?\s*", re.IGNORECASE)
_START = re.compile(r"\{|(?:\A\s*|```(?:json)?\s*)\[", re.IGNORECASE)
_TRAILING_COMMA = re.compile(r",\s*[}\]]")


def read_json(content: str | bytes) -> Any:
    """The JSON value of `content`; a number of very many digits is infinite. Errors: ValueError."""
    try:
        return json.loads(content, parse_int=_integer)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def read_completion(
    completion: Any, request: Request | None, params: LlmParams, redact: Callable[[str], str]
) -> Answer | None:
    """The Answer in `completion`, whose texts are passed through `redact`; None where it is no completion.

    A completion without any choice is a refusal. Where the server's count of tokens can't be, `request`'s estimate
    counts (0 without `request`).
    """
    choices = completion.get("choices") if isinstance(completion, dict) else None
    if not isinstance(choices, list):
        return None
    choice = choices[0] if choices else {"message": {"refusal": NO_CHOICE}}
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(message, dict):
        return None
    content, refusal, finish = message.get("content"), message.get("refusal"), choice.get("finish_reason")
    text = without_thoughts(redact(_joined(content)))
    tokens_in, tokens_out = _usage(completion.get("usage"), request, params, bool(content))
    return Answer(
        text,
        finish if isinstance(finish, str) and finish in FINISHES else None,
        redact(str(refusal)) if refusal else None,
        tokens=tokens_in + tokens_out,
        money=params.price(tokens_in, tokens_out),
    )


def without_thoughts(text: str) -> str:
    """`text` without a model's thoughts, whose opening or closing tag may be missing. A JSON text has none."""
    if text.lstrip().startswith(("{", "[")) and _is_json(text):
        return text
    text = _THOUGHT.sub("", text)
    if ends := list(_THOUGHT_END.finditer(text)):
        text = text[ends[-1].end() :]
    if start := _THOUGHT_START.search(text):
        text = text[: start.start()]
    return text


def without_surrogates(value: Any) -> Any:
    """`value`, parsed JSON, with its half characters replaced."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [without_surrogates(part) for part in value]
    if isinstance(value, dict):
        return {without_surrogates(name): without_surrogates(part) for name, part in value.items()}
    return value


def answer_value(text: str, fields: Iterable[str], examples: Iterable[str] = ()) -> Any:
    """The last JSON object of `text` with a key of `fields`, or its list. Errors: InvalidAnswer.

    Fences and words may stand around it. Text that begins with { or [ must be JSON from there on: no inner piece of a
    truncated answer is taken. An object that stands in one of `examples`, the prompt's texts, is no answer.
    """
    fields = set(fields)
    values, truncated = _values(text, fields)
    if not values or truncated:
        raise InvalidAnswer("answer does not fit: no JSON")
    values = [value for value in values if isinstance(value, list) or fields & set(value)] or values
    shown = [value for example in examples for value in _values(example, fields)[0] if isinstance(value, dict)]
    answers = [value for value in values if value not in shown]
    if not answers:
        raise InvalidAnswer("answer does not fit: it is the prompt's example")
    return without_surrogates(answers[-1])


def _values(text: str, fields: set[str]) -> tuple[list, bool]:
    """(the outermost JSON objects and lists of `text`; whether an object with one of `fields` breaks off after them)"""
    fence = _LEADING_FENCE.match(text)
    begin = fence.end() if fence else 0
    values, truncated = [], False
    match = _START.search(text)
    while match:
        start = match.end() - 1
        try:
            text, value, end = _decode(text, start)
        except (ValueError, RecursionError):
            if start == begin:
                return [], True
            truncated = truncated or _names_field(text[start + 1 : start + WINDOW], fields)
            match = _START.search(text, start + 1)
            continue
        values.append(value)
        truncated = False
        match = _START.search(text, end)
    return values, truncated


def _decode(text: str, start: int) -> tuple[str, Any, int]:
    """(`text` without the trailing commas of its value at `start`, the value, its end). Errors: ValueError."""
    decoder = json.JSONDecoder(strict=False, parse_int=_integer)
    for _ in range(MAX_COMMAS):
        try:
            return text, *decoder.raw_decode(text, start)
        except json.JSONDecodeError as error:
            at = error.pos + error.msg.startswith("Illegal trailing comma")  # where Python 3.13 sees the comma itself
            comma = _TRAILING_COMMA.search(text, max(start, at - WINDOW), at + WINDOW)
            while comma and not comma.start() < at <= comma.end():
                comma = _TRAILING_COMMA.search(text, comma.end(), at + WINDOW)
            if not comma:
                raise
            text = text[: comma.start()] + text[comma.start() + 1 :]
    raise ValueError("too many trailing commas")


def _names_field(text: str, fields: set[str]) -> bool:
    return any(text.lstrip().startswith(f'"{field}"') for field in fields)


def _is_json(text: str) -> bool:
    try:
        read_json(text)
    except ValueError:
        return False
    return True


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= MAX_DIGITS else math.inf


def _joined(content: Any) -> str:
    """The text of a message's content: a string, or the text parts of a list."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    texts = [
        part.get("text") if isinstance(part, dict) and part.get("type") in ("text", "output_text") else part
        for part in parts
    ]
    return "".join(text for text in texts if isinstance(text, str))


def _usage(usage: Any, request: Request | None, params: LlmParams, answered: bool) -> tuple[int, int]:
    """(tokens in, tokens out), each as the server says where that can be, else as estimated."""
    usage = usage if isinstance(usage, dict) else {}
    counts = usage.get("prompt_tokens"), usage.get("completion_tokens")
    if request is None:
        return tuple(count if _is_count(count, 0, MAX_COUNT) else 0 for count in counts)
    bounds, highest = (request.token_bound(params), params.max_tokens), (request.countable(params), params.max_tokens)
    lowest = 1, int(answered)
    if None in counts:
        return bounds
    return tuple(
        count if _is_count(count, least, most) else bound
        for count, least, most, bound in zip(counts, lowest, highest, bounds, strict=True)
    )


def _is_count(count: Any, least: int, most: int) -> bool:
    return isinstance(count, int) and not isinstance(count, bool) and least <= count <= most
