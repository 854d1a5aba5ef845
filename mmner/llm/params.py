"""Params of a language model, which the `llm` backends of expressions, chains and captions extend."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import pydantic
from pydantic import Field

from mmner.base.params import Count, Natural, Seconds, Weight
from mmner.base.params import Params as BaseParams
from mmner.base.requirements import Key, Requirement, Server

Money = Annotated[float, Field(ge=0)]
BATCH_SHARE = 0.5  # of the price, for requests in a batch
Constrain = Literal["json_schema", "json_object_schema", "json_object", "prompt"]


def _not_json(value: Any, key: str) -> Iterator[str]:
    """What in `value`, which stands at `key`, no request can hold, since JSON has no form for it."""
    if isinstance(value, dict):
        kinds = {type(name) for name in value}
        if not kinds <= {str} and kinds != {int}:
            yield f"keys of {key} are no texts: put them in quotes"
            return
        for name, part in value.items():
            yield from _not_json(part, f"{key}.{name}")
    elif isinstance(value, list):
        for place, part in enumerate(value):
            yield from _not_json(part, f"{key}.{place}")
    elif isinstance(value, float) and not math.isfinite(value):
        yield f"{key} is {value}, which JSON lacks: give a finite number"
    elif not isinstance(value, (str, int, float, type(None))):
        yield f"{key} is a {type(value).__name__}, which JSON lacks: put it in quotes"


class Prices(BaseParams):
    """Money a million tokens, in whichever currency; a batch costs half."""

    input: Weight = 0.0
    output: Weight = 0.0


class LlmParams(BaseParams):
    """Params of one model on one server; docs/llm.md explains each. The key itself is in the variable `key_env`."""

    base_url: str
    model: str
    revision: str = ""  # what else tells this model from another of its name: a quantisation, a date
    key_env: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] | None

    constrain: Constrain = "json_schema"
    temperature: Annotated[float, Field(ge=0, le=1000)] | None = 0.0  # null: the server's own
    seed: Annotated[int, Field(ge=-(2**63), lt=2**63)] | None = None
    max_tokens: Count = 300  # of one answer
    max_tokens_key: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    system_role: bool = True  # false: for chat templates without one, all in the user's message
    extra: dict[str, Any] = {}  # further keys of the request's body
    query: dict[str, str] = {}  # of the address of each request, such as api-version

    concurrency: Annotated[int, Field(ge=1, le=1000)] = 4  # requests at once
    timeout: Annotated[Seconds, Field(gt=0)] = 60.0  # seconds without a byte from the server
    retries: Natural = 3
    prices: Prices = Prices()
    max_money: Money | None = None  # of one run of the stage
    batch: bool | Literal["file"] = False  # file: written for others to answer, see batch_files.py

    @pydantic.field_validator("base_url")
    @classmethod
    def _plain_address(cls, url: str) -> str:
        parts = urlsplit(url)
        if not url.isprintable() or " " in url:
            raise ValueError("an address without blanks and line ends")
        _ = parts.port  # a ValueError where it is no number
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("not an http or https address")
        if parts.username or parts.password or parts.query:
            raise ValueError(
                "an address without user, password and query: a key comes from key_env alone, a query from `query`"
            )
        return url

    @pydantic.field_validator("extra")
    @classmethod
    def _free_keys(cls, extra: dict) -> dict:
        if fixed := sorted({"messages", "model", "n", "response_format", "stream"} & set(extra)):
            raise ValueError(f"{fixed[0]} is not free to choose")
        if billed := sorted({"max_tokens", "max_completion_tokens", "best_of"} & set(extra)):
            remedy = "set max_tokens beside extra; max_tokens_key says how the server calls it"
            raise ValueError(f"{billed[0]} is what max_money counts by: {remedy}")
        if wrong := next(_not_json(extra, "extra"), None):
            raise ValueError(wrong.removeprefix("extra."))
        return extra

    @pydantic.model_validator(mode="after")
    def _prices_known(self) -> LlmParams:
        if self.max_money is not None and not (self.prices.input or self.prices.output):
            raise ValueError("max_money needs prices: {input, output} a million tokens")
        return self

    def limits(self) -> dict[str, float | None]:
        return {"money": self.max_money}

    def price(self, tokens_in: int, tokens_out: int) -> float:
        """The price of so many tokens of one request."""
        share = BATCH_SHARE if self.batch else 1.0
        return share * (tokens_in * self.prices.input + tokens_out * self.prices.output) / 1e6

    def requirements(self) -> tuple[Requirement, ...]:
        if self.batch == "file":
            return ()
        server = Server(self.base_url, self.model, self.key_env, tuple(sorted(self.query.items())))
        return (Key(self.key_env), server) if self.key_env else (server,)

    def identity(self) -> dict:
        """The params that an answer depends on: neither the server's address nor the prices are.

        `max_tokens_key` and `query` count where they are not the default: older fingerprints do not know them.
        """
        names = ("model", "revision", "constrain", "temperature", "seed", "max_tokens", "system_role", "extra")
        later = {"max_tokens_key": "max_tokens", "query": {}}
        changed = {name for name, default in later.items() if getattr(self, name) != default}
        return self.model_dump(include={*names, *changed})
