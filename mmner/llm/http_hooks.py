"""Hooks of the HTTP client: no redirect to another server, and an end in time of every answer.

The client's own time-outs count from the last byte, so that a server which sends one now and then is waited for without
end, before the first line of its answer too. Only the connection sees such bytes come: `end_in_time` looks there.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import local

from httpcore2 import NetworkBackend, NetworkStream, ReadTimeout, WriteTimeout

ENDLESS = "the answer did not end"
WRITE = 1 << 16  # bytes between two looks at the clock


def refuse_other_origin(response) -> None:
    """Take the address from a redirect to another origin, so that the client raises its status and sends nothing."""
    if response.has_redirect_location:
        target = response.url.join(response.headers["location"])
        if _origin(target) != _origin(response.url):
            del response.headers["location"]


def end_in_time(client, limit: float) -> None:
    """Let each request of `client`, an httpx.Client, take `limit` seconds, its answer included; then a time-out is
    raised.
    """
    deadline = _Deadline()

    def begin(_request) -> None:
        deadline.at = time.monotonic() + limit

    client.event_hooks["request"].append(begin)
    for transport in (client._transport, *client._mounts.values()):
        if transport is not None:  # None: hosts of NO_PROXY, which are asked through the first
            transport._pool._network_backend = _Backend(transport._pool._network_backend, deadline)


class _Deadline(local):
    """When the request of this thread has to be over, by time.monotonic(); None: it need not."""

    at: float | None = None

    @contextmanager
    def kept(self, timeout: float | None) -> Iterator[float | None]:
        """For one step of the connection, which may take the seconds that are yielded, `timeout` at most."""
        if self.at is None:
            yield timeout
            return
        left = self.at - time.monotonic()
        try:
            if left <= 0:
                raise ReadTimeout(ENDLESS)
            yield left if timeout is None else min(left, timeout)
        except (ReadTimeout, WriteTimeout) as error:
            if time.monotonic() < self.at:
                raise
            raise ReadTimeout(ENDLESS) from error


class _Backend(NetworkBackend):
    """`backend`, whose connections keep to `deadline`."""

    def __init__(self, backend: NetworkBackend, deadline: _Deadline):
        self._backend, self._deadline = backend, deadline

    def connect_tcp(self, *args, **options) -> NetworkStream:
        return _Stream(self._backend.connect_tcp(*args, **options), self._deadline)

    def connect_unix_socket(self, *args, **options) -> NetworkStream:
        return _Stream(self._backend.connect_unix_socket(*args, **options), self._deadline)

    def sleep(self, seconds: float) -> None:
        self._backend.sleep(seconds)


class _Stream(NetworkStream):
    def __init__(self, stream: NetworkStream, deadline: _Deadline):
        self._stream, self._deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        with self._deadline.kept(timeout) as seconds:
            return self._stream.read(max_bytes, seconds)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for place in range(0, len(buffer), WRITE):
            with self._deadline.kept(timeout) as seconds:
                self._stream.write(buffer[place : place + WRITE], seconds)

    def close(self) -> None:
        self._stream.close()

    def start_tls(self, *args, **options) -> NetworkStream:
        return _Stream(self._stream.start_tls(*args, **options), self._deadline)

    def get_extra_info(self, info: str):
        return self._stream.get_extra_info(info)


def _origin(url) -> tuple:
    return url.scheme, url.host, url.port or {"http": 80, "https": 443}.get(url.scheme)
