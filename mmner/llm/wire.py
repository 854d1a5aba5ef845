"""The `openai` client: how a server is reached, and what its answers and failures mean."""

from __future__ import annotations

import json
import os
from functools import cached_property
from typing import Any

from mmner.base.errors import InputError
from mmner.llm.money import Purse
from mmner.llm.params import Llm
from mmner.llm.talk import Answer, Request

PASSING = (408, 409, 425, 429)  # and 5xx: may be another tomorrow
CONNECT = 10.0  # seconds for a connection: a server that is gone is known sooner than a slow one
MAX_REASON = 200  # characters of a server's message


class Passing(Exception):
    """A failure that may pass: the server is down, busy or slow. `unknown`: it may have charged, unseen."""

    def __init__(self, reason: str, unknown: bool = False):
        self.unknown = unknown
        super().__init__(f"server: {reason}")


class Wire:
    """One server and model. The client is made at the first request: a rerun that finds its answers needs no key."""

    def __init__(self, params: Llm, purse: Purse):
        self.params, self.purse = params, purse

    @cached_property
    def _key(self) -> str | None:
        if self.params.key_env is None:
            return None
        key = os.environ.get(self.params.key_env, "").strip()
        if not key:
            what = f"the environment variable {self.params.key_env} is not set"
            raise InputError("missing-key", what, remedy="export it, or say `key_env: null` for a server without keys")
        return key

    @cached_property
    def client(self):
        """Errors: InputError `missing-key`."""
        import openai

        patience = openai.Timeout(self.params.timeout, connect=min(CONNECT, self.params.timeout))
        options = {"timeout": patience, "max_retries": self.params.retries}
        return openai.OpenAI(base_url=self.params.base_url, api_key=self._key or "none", **options)

    def clean(self, text: str) -> str:
        """`text` of the server, fit to be stored: without the key, whatever echoes it, and without lone surrogates."""
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return text.replace(self._key, "[key]") if self._key else text

    def complete(self, body: dict) -> dict:
        """One chat completion, as the server's JSON. Errors: Passing, Rejection, InputError. Runs in any thread."""
        import openai

        try:
            raw = self.client.chat.completions.with_raw_response.create(**_arguments(body))
            found = json.loads(raw.http_response.content)
        except openai.OpenAIError as error:
            raise self.meaning(error) from None
        except ValueError:
            raise Passing("its answer is no JSON", unknown=True) from None
        return found

    def meaning(self, error: Exception) -> Exception:
        """openai's `error` as Passing, Rejection or InputError, in words that may be stored."""
        import openai

        if isinstance(error, openai.APITimeoutError) and not _refused(error):
            return Passing(f"no answer within {self.params.timeout:g} s", unknown=True)
        if isinstance(error, openai.APIConnectionError):
            return Passing("no connection", unknown=not _refused(error))
        if not isinstance(error, openai.APIStatusError):
            return Passing(self.clean(str(error))[:MAX_REASON], unknown=True)
        status, why = error.status_code, self.words(error.body, error.message)
        if status in PASSING or status >= 500:
            return Passing(f"{status} {why}")
        if stops := self.stops(status, error.body, why):
            return stops
        return Rejection(f"{status} {why}")

    def stops(self, status: int, told: Any, why: str) -> InputError | None:
        """`status` where it is about the account, address or model, and so about every row; else None.

        `told`: the error's own object, `why`: its words. A 403 that names a `flagged_input` (OpenRouter's moderation)
        is about its row.
        """
        flagged = isinstance(told, dict) and "flagged_input" in str(told.get("metadata"))
        key = self.params.key_env or "a variable, and name it in key_env"
        meanings = {
            401: ("llm-key", f"put a key of that server into {key}"),
            402: ("llm-unpaid", "top up the account at that server, or raise its limit; then run the stage again"),
            403: ("llm-forbidden", "see at that server what this key and account may use; then run the stage again"),
            404: ("llm-not-found", "correct base_url or model"),
        }
        if status not in meanings or (status == 403 and flagged):
            return None
        name, remedy = meanings[status]
        place = f"{self.params.base_url}, model {self.params.model}"
        return InputError(name, f"{status} {why}; answers so far are kept", where=place, remedy=remedy)

    def words(self, told: Any, otherwise: str) -> str:
        """The message in `told`, an error's own object, fit to be stored."""
        message = told.get("message") if isinstance(told, dict) else None
        return self.clean(" ".join(str(message or otherwise).split()))[:MAX_REASON]

    def answer(self, completion: dict, request: Request | None) -> Answer:
        """What `completion` says. Errors: Passing where it is none.

        A server that counts no tokens is taken to have used all that the request, where it is at hand, allowed.
        """
        try:
            choice = completion["choices"][0]
            message = choice["message"]
            text, refusal = message.get("content") or "", message.get("refusal")
            usage = completion.get("usage") or {}
            tokens_in, tokens_out = usage.get("prompt_tokens"), usage.get("completion_tokens")
            if tokens_in is None or tokens_out is None:
                tokens_in, tokens_out = (request.bound(self.params), self.params.max_tokens) if request else (0, 0)
            refusal = self.clean(str(refusal)) if refusal else None
            text, finish = self.clean(text), choice.get("finish_reason")
        except (KeyError, IndexError, TypeError, ValueError, AttributeError):
            raise Passing("its answer is no completion", unknown=True) from None
        cost = self.purse.price(tokens_in, tokens_out)
        return Answer(text, finish, refusal, tokens=tokens_in + tokens_out, money=cost)


class Rejection(Exception):
    """The server does not take this request, and would not tomorrow."""


def _arguments(body: dict) -> dict[str, Any]:
    """`body` for the client's method: what it does not know by name goes beside."""
    known = {"model", "messages", "temperature", "seed", "max_tokens", "max_completion_tokens", "response_format"}
    beside = {name: value for name, value in body.items() if name not in known}
    return {name: value for name, value in body.items() if name in known} | {"extra_body": beside or None}


def _refused(error: Exception) -> bool:
    """Whether no connection came about: then nothing was asked, and nothing is charged."""
    cause = error.__cause__
    return type(cause).__name__ in ("ConnectError", "ConnectTimeout")
