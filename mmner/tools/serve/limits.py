"""What a request may take, and how one is refused."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """body: bytes of a request. pixels: width x height of an image; None: as the model's corpus has it.

    posts: of a request. queue: requests at a time, those that are being answered included. seconds: until a request
    has its answer. money: that language models may cost a request, in the currency of their prices.
    """

    body: int = 10_000_000
    pixels: int | None = None
    posts: int = 64
    queue: int = 64
    seconds: float = 60.0
    money: float = math.inf


class Refusal(Exception):
    """Why a request gets no answers. `status`: of HTTP. `name`: a stable slug."""

    def __init__(self, status: int, name: str, message: str, headers: dict[str, str] | None = None):
        self.status, self.name, self.message, self.headers = status, name, message, headers or {}
        super().__init__(message)

    def content(self) -> dict:
        return {"error": {"name": self.name, "message": self.message}}


def too_large(limits: Limits) -> Refusal:
    return Refusal(413, "too-large", f"a request may have {limits.body} bytes")


def too_late(limits: Limits) -> Refusal:
    return Refusal(504, "too-late", f"no answer within {limits.seconds:g} seconds")


class Body:
    """The bytes of a request as they come, counted. Errors: Refusal 413 where there are, or will be, too many."""

    def __init__(self, limits: Limits, announced: str | None):
        """announced: the header Content-Length."""
        self._limits, self._count = limits, 0
        if announced is not None and announced.isdecimal() and int(announced[:20]) > limits.body:
            raise too_large(limits)

    def count(self, part: bytes) -> None:
        self._count += len(part)
        if self._count > self._limits.body:
            raise too_large(self._limits)


class Places:
    """The requests that are inside, and room for so many. For one thread: the event loop's."""

    def __init__(self, limits: Limits):
        self._room, self.taken = limits.queue, 0

    def __enter__(self) -> None:
        """Errors: Refusal 429."""
        if self.taken >= self._room:
            raise Refusal(429, "queue-full", f"{self.taken} requests wait; come back later", {"Retry-After": "1"})
        self.taken += 1

    def __exit__(self, *_: object) -> None:
        self.taken -= 1
