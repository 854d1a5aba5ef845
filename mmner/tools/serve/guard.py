"""Who may ask, before anything of a request is read; and what every answer says to a browser. Plain ASGI."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Mapping
from urllib.parse import urlsplit

from mmner.tools.serve.limits import Limits, Refusal

GUARDED = "/predict"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
PATIENCE = 5.0  # seconds for what a refused client still sends
HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "cross-origin-resource-policy": "same-origin",
}


def check(path: str, headers: Mapping[str, str], token: str | None) -> None:
    """headers: by name in small letters. Errors: Refusal 401, 403.

    Without a token, whoever reaches the port may ask. Then no site may lead a browser here: neither by a name of its
    own that points to this machine (its Host), nor from a page of its own (its Origin).
    """
    if token is None:
        host = headers.get("host", "")
        if _name(f"//{host}") not in LOOPBACK:
            raise Refusal(403, "foreign-host", "ask for 127.0.0.1 or localhost; other names want a token")
        origin = headers.get("origin")
        if origin is not None and _netloc(origin) != host:
            raise Refusal(403, "foreign-origin", "a page of another site may not ask")
    elif path == GUARDED:
        kind, _, shown = headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not hmac.compare_digest(shown.strip().encode(), token.encode()):
            raise Refusal(401, "no-token", "send Authorization: Bearer TOKEN", {"WWW-Authenticate": "Bearer"})


def _name(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


def _netloc(address: str) -> str | None:
    try:
        return urlsplit(address).netloc
    except ValueError:
        return None


class Guard:
    """ASGI around ASGI `app`. policy: the page's content security policy."""

    def __init__(self, app, token: str | None, limits: Limits, policy: str):
        self._app, self._token, self._limits = app, token, limits
        given = HEADERS | {"content-security-policy": policy}
        self._headers = [(name.encode(), value.encode()) for name, value in given.items()]

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        unread = "expect" not in headers  # whether the client sends its body unasked, and not all of it has come

        async def received() -> dict:
            nonlocal unread
            message = await receive()
            unread = unread and message.get("more_body", False)
            return message

        async def answered(message: dict) -> None:
            if message["type"] == "http.response.start":
                if message["status"] >= 400 and unread:
                    await self._discard(received, lambda: unread)
                message = message | {"headers": [*message.get("headers", ()), *self._headers]}
            await send(message)

        try:
            check(scope["path"], headers, self._token)
        except Refusal as refusal:
            content = json.dumps(refusal.content()).encode("ascii")
            told = {"content-type": "application/json", "content-length": str(len(content))} | refusal.headers
            raw = [(name.lower().encode(), value.encode()) for name, value in told.items()]
            await answered({"type": "http.response.start", "status": refusal.status, "headers": raw})
            await send({"type": "http.response.body", "body": content})
        else:
            await self._app(scope, received, answered)

    async def _discard(self, receive, unread) -> None:
        """Let a refused client send what it is sending, within reason: many listen to no answer before."""
        left = 8 * self._limits.body
        try:
            async with asyncio.timeout(PATIENCE):
                while unread() and left > 0:
                    left -= len((await receive()).get("body", b""))
        except TimeoutError:
            pass
