"""Servers that tests start: a port for each, and a wait until they answer."""

import socket
import subprocess
import time
import urllib.request

SECONDS = 300  # until a server must answer


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def wait_for(address: str, server: subprocess.Popen) -> None:
    """Return once `server` answers at `address`. Errors: RuntimeError where it ended or is too slow."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        if server.poll() is not None:
            raise RuntimeError(f"{server.args[0]} ended with status {server.returncode} before it answered")
        try:
            urllib.request.urlopen(address, timeout=30).close()
            return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"no answer at {address} within {SECONDS} s")
