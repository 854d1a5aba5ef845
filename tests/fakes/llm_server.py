"""A small OpenAI-compatible server that misbehaves as it is told: a thread of the test, on a port of its own."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY = "sk-test-0123456789"


@dataclass
class Reply:
    """What to answer. `cut`: the connection ends after half of the body. `slow`: seconds before it begins."""

    text: str = ""
    status: int = 200
    finish: str = "stop"
    refusal: str | None = None
    usage: dict | None = field(default_factory=lambda: {"prompt_tokens": 100, "completion_tokens": 20})
    raw: bytes | None = None
    slow: float = 0.0
    cut: bool = False
    drip: float = 0.0  # seconds before each byte of the body
    drip_head: float = 0.0  # seconds before each byte of a header that never ends
    headers: dict = field(default_factory=dict)
    metadata: dict | None = None  # of an error

    def body(self) -> dict:
        if self.status != 200:
            told = {"message": self.text or f"status {self.status}", "type": "test", "code": None}
            return {"error": told | ({"metadata": self.metadata} if self.metadata else {})}
        message = {"role": "assistant", "content": self.text, "refusal": self.refusal}
        choice = {"index": 0, "message": message, "finish_reason": self.finish}
        return {"id": "c", "object": "chat.completion", "model": "m", "choices": [choice], "usage": self.usage}


def user_text(body: dict) -> str:
    """The first user message of a request, without its image."""
    content = next(message["content"] for message in body["messages"] if message["role"] == "user")
    return content if isinstance(content, str) else next(part["text"] for part in content if part["type"] == "text")


def sentence_of(body: dict) -> str:
    """What the prompt gives as the post's text, decoded."""
    text = user_text(body)
    return json.JSONDecoder().raw_decode(text, text.index("Text: ") + len("Text: "))[0]


class Server:
    """`answer(body, n) -> Reply` for the n-th chat completion. Keeps what it was asked in `asked`, bodies as parsed.

    Batches: `batch_status` is what every batch says of itself; when it is over, its lines are answered by `answer`,
    as `batch_lines(body)` says where that is given: a Reply, or None for a line that expired.
    """

    def __init__(self, answer: Callable[[dict, int], Reply]):
        self.answer = answer
        self.asked: list[dict] = []
        self.headers: list[dict] = []
        self.paths: list[str] = []  # with their queries
        self.at_once = self.most_at_once = 0
        self.files: dict[str, bytes] = {}
        self.batches: dict[str, dict] = {}
        self.models: list[str] | None = None  # what GET /models lists; None: it has no such place
        self.key: str | None = None  # that GET /models wants
        self.query = ""  # without which GET /models has no such place
        self.batch_status = "in_progress"
        self.batch_lines: Callable[[dict], Reply | None] = lambda body: answer(body, 0)
        self.drop_created = False  # make a batch, but never say so
        self.lock = threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}/v1"

    def __enter__(self) -> Server:
        threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_) -> None:
        self.die()

    def die(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    def view(self, batch: dict) -> dict:
        """The batch as the server tells it; with the files of its answers once it is over."""
        if self.batch_status not in ("in_progress", "validating") and batch["output_file_id"] is None:
            batch["status"] = self.batch_status
            out, errors = [], []
            for line in self.files[batch["input_file_id"]].splitlines():
                asked = json.loads(line)
                reply = self.batch_lines(asked["body"])
                told = {"id": "r", "custom_id": asked["custom_id"], "error": None, "response": None}
                if reply is None:
                    errors.append(told | {"error": {"code": "batch_expired", "message": "not in time"}})
                    continue
                told["response"] = {"status_code": reply.status, "request_id": "q", "body": reply.body()}
                (out if reply.status == 200 else errors).append(told)
            for name, lines in (("output_file_id", out), ("error_file_id", errors)):
                batch[name] = f"file-{len(self.files)}"
                self.files[batch[name]] = "\n".join(json.dumps(line) for line in lines).encode()
        return batch


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def do_POST(self):
            content = self.rfile.read(int(self.headers.get("content-length", 0)))
            if self.path.split("?")[0] == "/v1/chat/completions":
                self._complete(json.loads(content))
            elif self.path == "/v1/files":
                self._json(_upload(server, self.headers["content-type"], content))
            elif self.path == "/v1/batches":
                self._create(json.loads(content))
            else:
                self._send(404, b"{}")

        def do_GET(self):
            path, _, query = self.path.partition("?")
            place = path.removeprefix("/v1/").split("/")
            if place == ["models"] and server.key and self.headers["authorization"] != f"Bearer {server.key}":
                self._json({"error": {"message": "wrong key"}}, 401)
            elif place == ["models"] and server.models is not None and query == server.query:
                self._json({"object": "list", "data": [{"id": name, "object": "model"} for name in server.models]})
            elif place == ["batches"]:
                data = [server.view(batch) for batch in reversed(server.batches.values())]
                self._json({"object": "list", "data": data, "has_more": False})
            elif place[0] == "batches" and place[1] in server.batches:
                self._json(server.view(server.batches[place[1]]))
            elif place[0] == "files" and place[1] in server.files:
                self._send(200, server.files[place[1]], kind="application/octet-stream")
            else:
                self._json({"error": {"message": "no such thing", "code": "not_found"}}, 404)

        def _complete(self, body: dict):
            with server.lock:
                server.asked.append(body)
                server.headers.append(dict(self.headers))
                server.paths.append(self.path)
                number = len(server.asked)
                server.at_once += 1
                server.most_at_once = max(server.most_at_once, server.at_once)
            try:
                reply = server.answer(body, number)
                time.sleep(reply.slow)
            finally:
                with server.lock:
                    server.at_once -= 1
            if reply.drip_head:
                return self._drip_head(reply.drip_head)
            content = reply.raw if reply.raw is not None else json.dumps(reply.body()).encode()
            self._send(reply.status, content, cut=reply.cut, drip=reply.drip, headers=reply.headers)

        def _drip_head(self, seconds: float):
            self.close_connection = True
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the client waited no longer
                self.wfile.write(b"HTTP/1.1 200 OK\r\nx-slow: ")
                for _ in range(1000):
                    time.sleep(seconds)
                    self.wfile.write(b"x")

        def _create(self, asked: dict):
            with server.lock:
                batch_id = f"batch_{len(server.batches)}"
                server.batches[batch_id] = batch = {
                    "id": batch_id,
                    "object": "batch",
                    "created_at": 0,
                    "status": "in_progress",
                    "output_file_id": None,
                    "error_file_id": None,
                    **asked,
                }
            if server.drop_created:
                self.close_connection = True
                return
            self._json(batch)

        def _json(self, told: dict, status: int = 200):
            self._send(status, json.dumps(told).encode())

        def _send(self, status: int, content: bytes, *, kind="application/json", cut=False, drip=0.0, headers=None):
            try:
                self.send_response(status)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(content)))
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.end_headers()
                for place in range(len(content) if drip else 0):
                    time.sleep(drip)
                    self.wfile.write(content[place : place + 1])
                if drip:
                    return
                self.wfile.write(content[: len(content) // 2] if cut else content)
                if cut:
                    self.close_connection = True
            except (BrokenPipeError, ConnectionResetError):  # the client waited no longer
                self.close_connection = True

    return Handler


def _upload(server: Server, kind: str, content: bytes) -> dict:
    form = message_from_bytes(b"content-type: " + kind.encode() + b"\r\n\r\n" + content)
    parts = {part.get_param("name", header="content-disposition"): part for part in form.get_payload()}
    assert parts["purpose"].get_payload().strip() == "batch"
    with server.lock:
        file_id = f"file-{len(server.files)}"
        server.files[file_id] = parts["file"].get_payload(decode=True)
    return {"id": file_id, "object": "file", "bytes": 0, "created_at": 0, "filename": "f", "purpose": "batch"}
