"""A server that sends a byte now and then, for ever: of its headers, or of its answer."""

import contextlib
import socket
import threading
import time

import pytest
import requests

from mmner.knowledge import mediawiki_api
from mmner.knowledge.answer_deadline import end_in_time
from mmner.knowledge.mediawiki_api import Api, Unavailable

HEADER = b"HTTP/1.1 200 OK\r\nx-slow: "
BODY = b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n"


@contextlib.contextmanager
def dripping(begin: bytes):
    """The host of a server that sends `begin`, and then a byte each 20 ms."""
    over, threads = threading.Event(), []

    def drip(connection: socket.socket):
        with connection, contextlib.suppress(OSError):  # the client waited no longer
            connection.sendall(begin)
            while not over.wait(0.02):
                connection.sendall(b"x")

    def accept(listening: socket.socket):
        while not over.is_set():
            with contextlib.suppress(TimeoutError):
                threads.append(threading.Thread(target=drip, args=(listening.accept()[0],)))
                threads[-1].start()

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        one.listen()
        one.settimeout(0.2)
        thread = threading.Thread(target=accept, args=(one,))
        thread.start()
        yield f"127.0.0.1:{one.getsockname()[1]}"
        over.set()
        thread.join()
        for each in threads:
            each.join()


@pytest.mark.parametrize("begin", [HEADER, BODY])
def test_a_query_and_a_file_that_drip_are_given_up_in_time(monkeypatch, begin):
    monkeypatch.setattr(mediawiki_api, "QUERY_TIMEOUT", 0.2)
    monkeypatch.setattr(mediawiki_api, "FILE_TIMEOUT", 0.2)
    with dripping(begin) as host:
        api = Api(host, "/w/", "http", "tests@example.org", 5, retries=0, wait=0.0)
        started = time.monotonic()
        with pytest.raises(Unavailable):
            api.fetch(f"http://{host}/a.png")
        with pytest.raises(Unavailable):
            api.query(titles="Honey")
        assert 3.9 < time.monotonic() - started < 20  # ten time-outs each, though none was reached


def test_an_answer_in_time_is_read_as_ever():
    content = bytes(range(256)) * 4000
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        one.listen()

        def answer():
            connection, _ = one.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(content) + content)

        thread = threading.Thread(target=answer)
        thread.start()
        url = f"http://127.0.0.1:{one.getsockname()[1]}/"
        assert end_in_time(requests.Session()).get(url, timeout=5).content == content
        thread.join()
