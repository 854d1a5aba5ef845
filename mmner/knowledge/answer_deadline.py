"""An end in time of every answer that `requests` waits for, as mmner/llm/http_hooks.py has it for language models.

The time-outs of `requests` count from the last byte, so that a server which sends one now and then, of its headers or
of its answer, is waited for without end. Only who reads from the connection sees such bytes come.
"""

from __future__ import annotations

import io
import time
from http.client import HTTPResponse

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

ENDLESS = "the answer did not end"
TOTAL_TIMEOUTS = 10  # time-outs that one answer may take, however slowly it comes


def end_in_time(session: requests.Session, timeouts: float = TOTAL_TIMEOUTS) -> requests.Session:
    """Let each request of `session` take `timeouts` of its time-outs, its answer included; then it is a time-out, too.

    A redirect is a request of its own. Returns `session`.
    """
    adapter = _Adapter(timeouts)
    for scheme in ("http://", "https://"):
        session.mount(scheme, adapter)
    return session


class _Adapter(HTTPAdapter):
    def __init__(self, timeouts: float):
        made = {"http": (HTTPConnectionPool, HTTPConnection), "https": (HTTPSConnectionPool, HTTPSConnection)}
        self._pools = {}
        for scheme, (pool, connection) in made.items():
            in_time = type("_Connection", (_InTime, connection), {"timeouts": timeouts})
            self._pools[scheme] = type("_Pool", (pool,), {"ConnectionCls": in_time})
        super().__init__()

    def init_poolmanager(self, *args, **options) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy, **options):
        manager = super().proxy_manager_for(proxy, **options)
        if not proxy.lower().startswith("socks"):  # which has connections of its own
            manager.pool_classes_by_scheme = self._pools
        return manager


class _InTime:
    """What a connection has beside urllib3's."""

    timeouts: float
    _until: float | None = None  # by time.monotonic(); None: there is no time-out

    def connect(self) -> None:
        self._begin()  # a proxy answers, too
        super().connect()

    def request(self, *args, **options) -> None:
        self._begin()
        super().request(*args, **options)

    def _begin(self) -> None:
        self._until = None if self.timeout is None else time.monotonic() + self.timeouts * self.timeout

    def response_class(self, sock, *args, **options) -> HTTPResponse:
        """What http.client makes an answer with."""
        answer = HTTPResponse(sock, *args, **options)
        if self._until is not None:
            answer.fp = io.BufferedReader(_Reader(answer.fp.detach(), sock, self._until))
        return answer


class _Reader(io.RawIOBase):
    """`raw`, the bytes of `sock`, until it is `until`."""

    def __init__(self, raw: io.RawIOBase, sock, until: float):
        self._raw, self._sock, self._until = raw, sock, until

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int | None:
        """Errors: TimeoutError."""
        left, timeout = self._until - time.monotonic(), self._sock.gettimeout()
        if left <= 0:
            raise TimeoutError(ENDLESS)
        self._sock.settimeout(left if timeout is None else min(left, timeout))
        try:
            return self._raw.readinto(buffer)
        finally:
            self._sock.settimeout(timeout)

    def close(self) -> None:
        self._raw.close()
        super().close()
