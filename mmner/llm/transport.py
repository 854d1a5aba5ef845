"""The `openai` client: requests to a server, and the meaning of its answers and errors."""

from __future__ import annotations

import os
import re
from functools import cached_property
from typing import Any

from mmner.base import interpreter, proxies
from mmner.base.errors import InputError
from mmner.llm.conversation import Answer, Request
from mmner.llm.params import LlmParams
from mmner.llm.read_answer import read_completion, read_json, without_surrogates

TRANSIENT_STATUSES = (408, 409, 425, 429)  # and 5xx
CONNECT_TIMEOUT = 10.0  # seconds for a connection: a server that is gone is known sooner than a slow one
TOTAL_TIMEOUTS = 10  # time-outs that one answer may take, however slowly it comes
SECRET = 12  # characters from which on a key is one: "x", "EMPTY" or "ollama" are for servers that want none
MAX_REASON = 200  # characters of a server's message
CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")  # that the client reads
OTHERWISE = "look at base_url, the key and extra"  # where nothing can be sent


class TransientError(Exception):
    """A failure that may pass: the server is down, busy or slow. `unknown`: whether it may have charged for it."""

    def __init__(self, reason: str, unknown: bool = False):
        self.unknown = unknown
        super().__init__(f"server: {reason}")


class OpenAiTransport:
    """One server and model. The client is made at the first request: a rerun whose answers are stored needs no key.

    limit: seconds that one answer may take in all.
    """

    def __init__(self, params: LlmParams, limit: float | None = None):
        self.params, self.limit = params, limit or TOTAL_TIMEOUTS * params.timeout

    @cached_property
    def _key(self) -> str | None:
        if self.params.key_env is None or self.params.batch == "file":
            return None
        key = os.environ.get(self.params.key_env, "").strip()
        if not key:
            what = f"the environment variable {self.params.key_env} is not set"
            raise InputError("missing-key", what, remedy="export it, or say `key_env: null` for a server without keys")
        if not (key.isascii() and key.isprintable()):
            what = f"the key in {self.params.key_env} has a character that no key has, such as a curly quote"
            raise InputError("llm-key", what, remedy="export the key again, as the server gave it")
        return key

    @cached_property
    def client(self):
        """Errors: InputError `missing-key`, `llm-key`, `llm-server`."""
        import openai

        from mmner.llm.http_hooks import end_in_time, refuse_other_origin

        patience = openai.Timeout(self.params.timeout, connect=min(CONNECT_TIMEOUT, self.params.timeout))
        options = {"timeout": patience, "max_retries": self.params.retries}
        options |= {"api_key": self._key or "none", "default_query": self.params.query or None}
        try:
            http_client = openai.DefaultHttpxClient(timeout=patience, event_hooks={"response": [refuse_other_origin]})
            end_in_time(http_client, self.limit)
            return openai.OpenAI(base_url=self.params.base_url, http_client=http_client, **options)
        except Exception as error:
            raise self.unusable(error) from None

    def unusable(self, error: Exception) -> InputError:
        """What the client raises before anything is sent: it concerns every row."""
        reason = self.redact(f"nothing can be sent: {type(error).__name__}: {error}")[:MAX_REASON]
        remedy = proxies.remedy(CERTIFICATES if isinstance(error, OSError) else proxies.PROXIES, OTHERWISE)
        if "socksio" in str(error):
            remedy = f"{interpreter.pip_install('socksio')}; or {remedy}"
        return InputError("llm-server", reason, where=self.params.base_url, remedy=remedy)

    def redact(self, text: str) -> str:
        """The server's `text`, fit to be told: without the key, which it may echo, and without lone surrogates."""
        text = without_surrogates(text)
        if not self._key:
            return text
        if len(self._key) >= SECRET:
            return text.replace(self._key, "[key]")
        return re.sub(rf"(?<!\w){re.escape(self._key)}(?!\w)", "[key]", text)

    def redact_answer(self, text: str) -> str:
        """`text` of an answer, fit to be stored: as `redact`, but a key that may well be a word of it stays."""
        return self.redact(text) if len(self._key or "") >= SECRET else without_surrogates(text)

    def complete(self, body: dict) -> dict:
        """One chat completion: the JSON of the server's answer. May be called in any thread.

        Errors: TransientError, Rejection, InputError.
        """
        import openai

        try:
            raw = self.client.chat.completions.with_raw_response.create(**_arguments(body))
        except openai.OpenAIError as error:
            raise self.classify_error(error) from None
        except InputError:
            raise
        except Exception as error:
            raise self.unusable(error) from None
        try:
            completion = read_json(raw.http_response.content)
        except ValueError:
            raise TransientError("its answer is no JSON", unknown=True) from None
        return completion

    def classify_error(self, error: Exception) -> Exception:
        """openai's `error` as TransientError, Rejection or InputError, with a message that may be stored."""
        import openai

        from mmner.llm.http_hooks import ENDLESS

        if isinstance(error, openai.APIConnectionError):
            if _never_connected(error):
                proxy = proxies.proxy_of(self.params.base_url)
                return self._no_way_through(proxy) if proxy else TransientError("no connection")
            if not isinstance(error, openai.APITimeoutError):
                return TransientError("no connection", unknown=True)
            if str(error.__cause__) == ENDLESS:
                return TransientError(f"no whole answer within {self.limit:g} s", unknown=True)
            return TransientError(f"no answer within {self.params.timeout:g} s", unknown=True)
        if not isinstance(error, openai.APIStatusError):
            return TransientError(self.redact(str(error))[:MAX_REASON], unknown=True)
        status, message = error.status_code, self.error_message(error.body, error.message)
        if status in TRANSIENT_STATUSES or status >= 500:
            return TransientError(f"{status} {message}")
        if fatal := self.fatal_error(status, error.body, message):
            return fatal
        return Rejection(f"{status} {message}")

    def _no_way_through(self, proxy: str) -> InputError:
        remedy = proxies.remedy(proxies.PROXIES, OTHERWISE)
        return InputError("llm-server", f"no way through the proxy {proxy}", where=self.params.base_url, remedy=remedy)

    def fatal_error(self, status: int, error_body: Any, message: str) -> InputError | None:
        """The InputError of a `status` that concerns the account, address or model, and so every row; else None.

        `error_body`: the error's own object, `message`: its text. A 403 that names a `flagged_input` (OpenRouter's
        moderation) concerns its row alone.
        """
        if 300 <= status < 400:
            message = "it redirects to another server, which gets neither texts nor key"
        flagged = isinstance(error_body, dict) and "flagged_input" in str(error_body.get("metadata"))
        key = self.params.key_env or "a variable, and name it in key_env"
        meanings = {
            401: ("llm-key", f"put a key of that server into {key}"),
            402: ("llm-unpaid", "top up the account at that server, or raise its limit; then run the stage again"),
            403: ("llm-forbidden", "see at that server what this key and account may use; then run the stage again"),
            404: ("llm-not-found", "correct base_url or model"),
            407: ("llm-server", proxies.remedy(proxies.PROXIES, OTHERWISE)),
        }
        meanings |= dict.fromkeys(range(300, 400), meanings[404])
        if status not in meanings or (status == 403 and flagged):
            return None
        name, remedy = meanings[status]
        server = f"{self.params.base_url}, model {self.params.model}"
        return InputError(name, f"{status} {message}; answers so far are kept", where=server, remedy=remedy)

    def error_message(self, error_body: Any, otherwise: str) -> str:
        """The message in `error_body`, an error's own object, else `otherwise`; redacted and shortened."""
        message = error_body.get("message") if isinstance(error_body, dict) else None
        return self.redact(" ".join(str(message or otherwise).split()))[:MAX_REASON]

    def answer(self, completion: dict, request: Request | None) -> Answer:
        """The Answer in `completion`. Errors: TransientError where it is no completion.

        More is at `read_completion`.
        """
        answer = read_completion(completion, request, self.params, self.redact_answer)
        if answer is None:
            raise TransientError("its answer is no completion", unknown=True)
        return answer


class Rejection(Exception):
    """The server does not take this request, and never will."""


def _arguments(body: dict) -> dict[str, Any]:
    """`body` as arguments of the client's method; keys that it has no argument for are in `extra_body`."""
    known = {"model", "messages", "temperature", "seed", "max_tokens", "max_completion_tokens", "response_format"}
    extra_body = {name: value for name, value in body.items() if name not in known}
    return {name: value for name, value in body.items() if name in known} | {"extra_body": extra_body or None}


def _never_connected(error: Exception) -> bool:
    """Whether no connection was made: then nothing was sent, and nothing is charged."""
    cause = error.__cause__
    return type(cause).__name__ in ("ConnectError", "ConnectTimeout", "ProxyError")
