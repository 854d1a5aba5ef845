"""What params.yaml says about a language model; the variants of expressions, chains and captions extend it."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import pydantic
from pydantic import Field

from mmner.base.params import Params as BaseParams
from mmner.base.requirements import Key, Need, Server

Positive = Annotated[int, Field(ge=1)]
Money = Annotated[float, Field(ge=0)]
Constrain = Literal["json_schema", "json_object_schema", "json_object", "prompt"]


class Prices(BaseParams):
    """Money a million tokens, in whichever currency; a batch costs half."""

    input: Money = 0.0
    output: Money = 0.0


class Llm(BaseParams):
    """docs/llm.md explains each. The key itself is never a parameter: `key_env` names the variable that holds it."""

    base_url: str
    model: str
    revision: str = ""  # what else tells this model from another of its name: a quantisation, a date
    key_env: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] | None

    constrain: Constrain = "json_schema"
    temperature: Annotated[float, Field(ge=0)] | None = 0.0  # null: the server's own
    seed: int | None = None
    max_tokens: Positive = 300  # of one answer
    max_tokens_key: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    system_role: bool = True  # false: for chat templates without one, all in the user's message
    extra: dict[str, Any] = {}  # further keys of the request's body

    concurrency: Positive = 4  # requests at once
    timeout: Annotated[float, Field(gt=0)] = 60.0  # seconds without a byte from the server
    retries: Annotated[int, Field(ge=0)] = 3
    prices: Prices = Prices()
    max_money: Money | None = None  # of one run of the stage
    batch: bool = False

    @pydantic.field_validator("base_url")
    @classmethod
    def _plain(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("not an http or https address")
        if parts.username or parts.password or parts.query:
            raise ValueError("an address without user, password and query: a key comes from key_env alone")
        return url

    @pydantic.field_validator("extra")
    @classmethod
    def _beside(cls, extra: dict) -> dict:
        if ours := sorted({"messages", "model", "n", "response_format", "stream"} & set(extra)):
            raise ValueError(f"{ours[0]} is not free to choose")
        return extra

    @pydantic.model_validator(mode="after")
    def _priced(self) -> Llm:
        if self.max_money is not None and not (self.prices.input or self.prices.output):
            raise ValueError("max_money needs prices: {input, output} a million tokens")
        return self

    def needs(self) -> tuple[Need, ...]:
        server = Server(self.base_url, self.model, self.key_env)
        return (Key(self.key_env), server) if self.key_env else (server,)

    def identity(self) -> dict:
        """What an answer depends on, of the above: where a model is reached, and what it costs, is not what it is."""
        how = ("model", "revision", "constrain", "temperature", "seed", "max_tokens", "system_role", "extra")
        return self.model_dump(include=set(how))
