"""A language model and a wiki for the stages that ask one: a process beside the others."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def serving() -> Iterator[tuple[str, str]]:
    """The addresses of a language model and of a wiki, which a process of their own serves."""
    reader, writer = os.pipe()
    process = os.fork()
    if not process:
        _serve(writer)
    os.close(writer)
    with os.fdopen(reader) as told:
        addresses = json.loads(told.readline())
    try:
        yield tuple(addresses)
    finally:
        os.kill(process, 9)
        os.waitpid(process, 0)


def _serve(writer: int) -> None:
    import signal

    from tests.fakes.llm_server import Reply, Server
    from tests.fakes.wiki import Wiki
    from tests.fakes.wiki import serving as serving_wiki

    def answer(body: dict, number: int) -> Reply:
        asked = json.dumps(body)
        good = {"text": "a step"} if 'Step \\\\"' in asked else {"expressions": ["a shop"]}
        return Reply("A photo of a shop." if "image_url" in asked else json.dumps(good))

    pages = {name: f"'''{name}''' is a thing on a shelf. It is kept well." for name in ("Marlow Bakery", "Tessaly")}
    with Server(answer) as server, serving_wiki(Wiki(pages)) as host:
        server.models = ["m"]
        os.write(writer, (json.dumps([server.url, host]) + "\n").encode())
        os.close(writer)
        signal.pause()
    os._exit(0)
