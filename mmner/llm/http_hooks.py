"""Hooks of the HTTP client: no redirect to another server, and an end in time of every answer."""

from __future__ import annotations

import time


def refuse_other_origin(response) -> None:
    """Take the address from a redirect to another origin, so that the client raises its status and sends nothing."""
    if response.has_redirect_location:
        target = response.url.join(response.headers["location"])
        if _origin(target) != _origin(response.url):
            del response.headers["location"]


def end_in_time(response, limit: float) -> None:
    """Let the body of `response` come for `limit` seconds, and raise a time-out then."""
    from httpx2 import ReadTimeout, SyncByteStream

    deadline, body = time.monotonic() + limit, response.stream

    class LimitedStream(SyncByteStream):
        def __iter__(self):
            for piece in body:
                if time.monotonic() > deadline:
                    raise ReadTimeout("the answer did not end", request=response.request)
                yield piece

        def close(self) -> None:
            body.close()

    response.stream = LimitedStream()


def _origin(url) -> tuple:
    return url.scheme, url.host, url.port or {"http": 80, "https": 443}.get(url.scheme)
