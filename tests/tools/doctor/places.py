"""A machine of known size, and addresses where nobody answers, or without end."""

import contextlib
import socket
import threading
import time

from mmner.tools.doctor.machine import Machine

SMALL = Machine(cores=2, memory=8_000_000_000, free=4_000_000_000)


def closed() -> str:
    """An address on which nothing listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{one.getsockname()[1]}"


@contextlib.contextmanager
def dripping():
    """An address that answers with a header which never ends, a byte each 50 ms."""
    over = threading.Event()

    def drip(connection: socket.socket):
        with connection, contextlib.suppress(OSError):  # the client waited no longer
            connection.sendall(b"HTTP/1.1 200 OK\r\nx-slow: ")
            while not over.is_set():
                time.sleep(0.05)
                connection.sendall(b"x")

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        one.listen()
        thread = threading.Thread(target=lambda: drip(one.accept()[0]))
        thread.start()
        yield f"http://127.0.0.1:{one.getsockname()[1]}"
        over.set()
        thread.join()
