"""Requests, answers, and conversations: what a row asks of a language model, one answer after the other."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field

import pydantic

from mmner.llm.params import LlmParams
from mmner.rows import memo as memos
from mmner.rows.contract import Memo, Result

TOKENS_PER_MESSAGE = 32  # tokens that a chat template may add to a message, with room to spare


class InvalidAnswer(Exception):
    """An answer that can't be used. Its text, "reason: details", is the row's error."""


@dataclass(frozen=True)
class Picture:
    """An image to send, identified by `sha256` and `size` (pixels); its pixels are read when it is sent."""

    sha256: str
    size: int
    data_url: Callable[[], str]  # may raise ImageBroken
    tokens: int  # at most, for the estimate of a request's price


@dataclass(frozen=True)
class Request:
    """One request. `schema`: of the answer, an object; None for plain text.

    `retry_of`: an earlier answer that did not fit, and the message that says why. `examples`: texts whose objects are
    no answers; None: the prompt's.
    """

    system: str
    user: str
    schema: type[pydantic.BaseModel] | None
    picture: Picture | None = None
    retry_of: tuple[str, str] | None = None
    examples: tuple[str, ...] | None = None

    def body(self, params: LlmParams, picture: str | None = None) -> dict:
        """The body of a chat completion. `picture`: a text that stands for the pixels. Errors: ImageBroken."""
        messages = [{"role": "system", "content": self.system}] if params.system_role else []
        text = self.user if params.system_role else f"{self.system}\n\n{self.user}"
        content: str | list = text
        if self.picture:
            url = picture or self.picture.data_url()
            content = [{"type": "image_url", "image_url": {"url": url}}, {"type": "text", "text": text}]
        messages.append({"role": "user", "content": content})
        if self.retry_of:
            messages += [
                {"role": "assistant", "content": self.retry_of[0]},
                {"role": "user", "content": self.retry_of[1]},
            ]
        body = {"model": params.model, "messages": messages, params.max_tokens_key: params.max_tokens}
        body |= {name: getattr(params, name) for name in ("temperature", "seed") if getattr(params, name) is not None}
        return body | self._format(params.constrain) | params.extra

    def _format(self, constrain: str) -> dict:
        if self.schema is None or constrain == "prompt":
            return {}
        schema = self.schema.model_json_schema()
        json_schema = {"name": self.schema.__name__.lower(), "schema": schema, "strict": True}
        forms = {
            "json_schema": {"type": "json_schema", "json_schema": json_schema},
            "json_object_schema": {"type": "json_object", "schema": schema},
            "json_object": {"type": "json_object"},
        }
        return {"response_format": forms[constrain]}

    def _outline(self, params: LlmParams) -> bytes:
        picture_name = f"{self.picture.sha256} {self.picture.size}" if self.picture else None
        return json.dumps(self.body(params, picture_name), sort_keys=True, ensure_ascii=False).encode(
            "utf-8", "surrogatepass"
        )

    def key(self, params: LlmParams) -> str:
        """The digest of all that the answer depends on; pixels count by their digest."""
        query = json.dumps(params.query, sort_keys=True).encode() + b"\0" if params.query else b""
        return hashlib.sha256(query + params.revision.encode() + b"\0" + self._outline(params)).hexdigest()

    def token_bound(self, params: LlmParams) -> int:
        """The most tokens that the request can have: no tokenizer makes more tokens of a text than it has bytes."""
        return self._text_bound(params) + (self.picture.tokens if self.picture else 0)

    def countable(self, params: LlmParams) -> int:
        """The most tokens that a server can have counted: a picture's may be more than estimated, up to one a pixel."""
        return self._text_bound(params) + (max(self.picture.tokens, self.picture.size**2) if self.picture else 0)

    def _text_bound(self, params: LlmParams) -> int:
        return len(self._outline(params)) + 4 * TOKENS_PER_MESSAGE


@dataclass(frozen=True)
class Answer:
    """A server's answer. `finish`: its finish_reason. `rejected`: its reason for not taking the request."""

    text: str = ""
    finish: str | None = None
    refusal: str | None = None
    rejected: str | None = None
    tokens: int = 0
    money: float = 0.0


class _StoredAnswer(memos.Remembered):
    """An Answer in the memo. Counts that no request can have were stored, too: `money.py` books them as 0."""

    text: str
    finish: str | None = None
    refusal: str | None = None
    rejected: str | None = None
    tokens: int = 0
    money: float = 0.0


Turns = Generator[Request, Answer, Result]


@dataclass
class Conversation:
    """The state of one row's conversation. `request`: the open one, if any; `result`: at the end, without costs.

    `answers`: keys of the answered requests. `tries`: of these, the keys of the last request and of its retry, if any.
    They become `Result.asked` of a failed row, since the answers before them were good.
    """

    turns: Turns
    answers: list[str] = field(default_factory=list)
    tries: tuple[str, ...] = ()
    request: Request | None = None
    result: Result | None = None

    def __post_init__(self):
        self._advance(lambda: next(self.turns))

    def answer(self, key: str, answer: Answer) -> None:
        """`answer` to the open request, whose key is `key`."""
        self.answers.append(key)
        self.tries = (*self.tries, key) if self.request.retry_of else (key,)
        self._advance(lambda: self.turns.send(answer))

    def fail(self, error: Exception) -> None:
        """Raise `error` in the conversation, since its request could not be made; it may return a Result for that."""
        self._advance(lambda: self.turns.throw(error))

    def end(self, result: Result) -> None:
        self.request, self.result = None, result

    def _advance(self, step: Callable[[], Request]) -> None:
        try:
            self.request = step()
        except StopIteration as end:
            self.end(end.value)
        except InvalidAnswer as error:
            self.end(Result(None, str(error), asked=self.tries))


def replay_stored(conversations: Iterable[Conversation], memo: Memo, params: LlmParams) -> None:
    """Answer each of `conversations` from `memo`, until `memo` lacks an answer or has one that is none."""
    open_ = [conversation for conversation in conversations if conversation.request]
    while open_:
        keys = [conversation.request.key(params) for conversation in open_]
        known = memos.read(memo, keys, _StoredAnswer)
        for key, conversation in zip(keys, open_, strict=True):
            if key in known:
                conversation.answer(key, Answer(**dict(known[key])))
        open_ = [
            conversation for key, conversation in zip(keys, open_, strict=True) if key in known and conversation.request
        ]
