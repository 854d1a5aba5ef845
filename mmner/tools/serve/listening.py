"""The socket, and an end in order: on SIGTERM nothing new is taken, and what waits is answered."""

from __future__ import annotations

import importlib.util
import os
import signal
import socket
from collections.abc import Callable

from mmner.base import interpreter
from mmner.base.errors import InputError
from mmner.tools.serve.guard import LOOPBACK

PACKAGES = {"fastapi": "fastapi", "uvicorn": "uvicorn", "python-multipart": "python_multipart"}
TOKEN = "MMNER_TOKEN"


def check_packages() -> None:
    """Errors: InputError `missing-package`."""
    if missing := [name for name, module in PACKAGES.items() if importlib.util.find_spec(module) is None]:
        what = f"serve needs {', '.join(missing)}"
        raise InputError("missing-package", what, remedy=interpreter.pip_install('"mmner[serve]"'))


def token(host: str) -> str | None:
    """What clients have to show: $MMNER_TOKEN. Errors: InputError `no-token` where others than this machine may ask."""
    if found := os.environ.get(TOKEN, "").strip():
        return found
    if host in LOOPBACK:
        return None
    remedy = f'{TOKEN}="$(openssl rand -hex 16)" python -m mmner serve …; or listen on 127.0.0.1'
    raise InputError("no-token", f"who can reach {host} could ask", where=f"--host {host}", remedy=remedy)


def bind(host: str, port: int) -> socket.socket:
    """Errors: InputError `no-port`."""
    if not 0 <= port <= 65535:  # getaddrinfo would take its last 16 bits
        raise InputError("no-port", "no such port", where=f"{host}:{port}", remedy="one of 0 to 65535: --port")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        bound = socket.socket(family, kind, protocol)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except (OSError, OverflowError) as error:
        what = getattr(error, "strerror", None) or str(error)
        raise InputError("no-port", what, where=f"{host}:{port}", remedy="choose others: --host, --port") from error
    return bound


def address(bound: socket.socket) -> str:
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def run(app, bound: socket.socket, seconds: float, tell: Callable[[], None]) -> None:
    """Answer at `bound` until SIGTERM or SIGINT, and then those who wait, for as long as one may wait.

    seconds: that a request may take. tell: called once connections are taken.
    """
    import uvicorn

    class Server(uvicorn.Server):
        async def startup(self, sockets=None) -> None:
            await super().startup(sockets=sockets)
            tell()

    # uvicorn raises the signal that ended it once more, when all is done: then it is nobody's.
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, lambda *_: None)
    settings = {"http": "h11", "ws": "none", "loop": "asyncio", "log_config": None, "access_log": False}
    limits = {"timeout_graceful_shutdown": int(seconds) + 5, "timeout_keep_alive": 5, "backlog": 256}
    config = uvicorn.Config(app, proxy_headers=False, server_header=False, **settings, **limits)
    Server(config).run(sockets=[bound])
