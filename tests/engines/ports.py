"""Servers that tests start: a port for each, and a wait until they answer."""

import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable

SECONDS = 300  # until a server must answer


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def wait_for(address: str, server: subprocess.Popen) -> None:
    """Return once `server` answers HTTP at `address`. Errors: RuntimeError where it ended or is too slow."""
    _wait(lambda: urllib.request.urlopen(address, timeout=30).close(), address, server)


def wait_for_port(port: int, server: subprocess.Popen) -> None:
    """Return once `server` takes connections at `port`. Errors: as `wait_for`."""
    _wait(lambda: socket.create_connection(("127.0.0.1", port), timeout=30).close(), f"port {port}", server)


def _wait(knock: Callable[[], None], where: str, server: subprocess.Popen) -> None:
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        if server.poll() is not None:
            raise RuntimeError(f"{server.args[0]} ended with status {server.returncode} before it answered")
        try:
            knock()
            return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"no answer at {where} within {SECONDS} s")
