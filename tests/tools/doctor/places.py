"""A machine of known size, and an address where nobody answers."""

import socket

from mmner.tools.doctor.machine import Machine

SMALL = Machine(cores=2, memory=8_000_000_000, free=4_000_000_000)


def closed() -> str:
    """An address on which nothing listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{one.getsockname()[1]}"
