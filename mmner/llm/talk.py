"""Requests, answers, and talks: what a row asks of a language model, one answer after the other."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field

import pydantic

from mmner.llm.params import Llm
from mmner.rows.contract import Result
from mmner.rows.store import Store

PER_MESSAGE = 32  # tokens that a chat template may add to a message, with room to spare


class Unfit(Exception):
    """No answer that can be used: "reason: details", the row's error."""


@dataclass(frozen=True)
class Picture:
    """An image to send. `sha256` and `size` (pixels) say which; the pixels themselves are read when it is sent."""

    sha256: str
    size: int
    data_url: Callable[[], str]  # may raise images.ImageBroken
    tokens: int  # at most, for the estimate of a request's price


@dataclass(frozen=True)
class Request:
    """One question. `schema`: what the answer must be, an object; None for plain text. `again`: an answer that did not
    fit, and why."""

    system: str
    user: str
    schema: type[pydantic.BaseModel] | None
    picture: Picture | None = None
    again: tuple[str, str] | None = None

    def body(self, params: Llm, picture: str | None = None) -> dict:
        """The body of a chat completion. `picture`: in place of the pixels. Errors: images.ImageBroken."""
        messages = [{"role": "system", "content": self.system}] if params.system_role else []
        text = self.user if params.system_role else f"{self.system}\n\n{self.user}"
        content: str | list = text
        if self.picture:
            url = picture or self.picture.data_url()
            content = [{"type": "image_url", "image_url": {"url": url}}, {"type": "text", "text": text}]
        messages.append({"role": "user", "content": content})
        if self.again:
            messages += [
                {"role": "assistant", "content": self.again[0]},
                {"role": "user", "content": self.again[1]},
            ]
        body = {"model": params.model, "messages": messages, params.max_tokens_key: params.max_tokens}
        body |= {name: getattr(params, name) for name in ("temperature", "seed") if getattr(params, name) is not None}
        return body | self._format(params.constrain) | params.extra

    def _format(self, constrain: str) -> dict:
        if self.schema is None or constrain == "prompt":
            return {}
        schema = self.schema.model_json_schema()
        named = {"name": self.schema.__name__.lower(), "schema": schema, "strict": True}
        forms = {
            "json_schema": {"type": "json_schema", "json_schema": named},
            "json_object_schema": {"type": "json_object", "schema": schema},
            "json_object": {"type": "json_object"},
        }
        return {"response_format": forms[constrain]}

    def _outline(self, params: Llm) -> bytes:
        named = f"{self.picture.sha256} {self.picture.size}" if self.picture else None
        return json.dumps(self.body(params, named), sort_keys=True, ensure_ascii=False).encode("utf-8", "surrogatepass")

    def key(self, params: Llm) -> str:
        """Digest of all that the answer depends on, pixels by their digest."""
        return hashlib.sha256(params.revision.encode() + b"\0" + self._outline(params)).hexdigest()

    def bound(self, params: Llm) -> int:
        """Tokens that the request can have at most: no tokenizer makes more of a text than it has bytes."""
        pictures = self.picture.tokens if self.picture else 0
        return len(self._outline(params)) + 4 * PER_MESSAGE + pictures


@dataclass(frozen=True)
class Answer:
    """What came back. `finish`: the server's finish_reason. `rejected`: why the server does not take this request."""

    text: str = ""
    finish: str | None = None
    refusal: str | None = None
    rejected: str | None = None
    tokens: int = 0
    money: float = 0.0


Steps = Generator[Request, Answer, Result]


@dataclass
class Talk:
    """One row's talk while it lasts. `request`: the question that is open; `result`: at its end, without its cost.

    `answers`: keys of the requests that were answered. `tries`: the last of them, those of one question: two where the
    first answer did not fit. They alone are what a failed row `asked`: a chain's steps before were good.
    """

    steps: Steps
    answers: list[str] = field(default_factory=list)
    tries: tuple[str, ...] = ()
    request: Request | None = None
    result: Result | None = None

    def __post_init__(self):
        self._go(lambda: next(self.steps))

    def answer(self, key: str, answer: Answer) -> None:
        """`answer` to the open request, whose key is `key`."""
        self.answers.append(key)
        self.tries = (*self.tries, key) if self.request.again else (key,)
        self._go(lambda: self.steps.send(answer))

    def fail(self, error: Exception) -> None:
        """The request could not be made; the talk may know what that means for the row."""
        self._go(lambda: self.steps.throw(error))

    def end(self, result: Result) -> None:
        self.request, self.result = None, result

    def _go(self, step: Callable[[], Request]) -> None:
        try:
            self.request = step()
        except StopIteration as end:
            self.end(end.value)
        except Unfit as error:
            self.end(Result(None, str(error), asked=self.tries))


def recall(talks: Iterable[Talk], store: Store, params: Llm) -> None:
    """Answer each of `talks` for as long as its answers are in `store`."""
    open_ = [talk for talk in talks if talk.request]
    while open_:
        keys = [talk.request.key(params) for talk in open_]
        known = store.get(keys)
        for key, talk in zip(keys, open_, strict=True):
            if key in known:
                talk.answer(key, Answer(**known[key]))
        open_ = [talk for key, talk in zip(keys, open_, strict=True) if key in known and talk.request]
