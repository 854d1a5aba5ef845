"""Requests at half the price, through a server's files and batches: submit, stop as pending, collect at a later run.

What is known of them lies in the row store, which only ever grows:

| key | value |
|---|---|
| llm-batched:<server>:<request>:<attempt> | {"batch": id}: where that attempt at the request is |
| llm-batch-over:<server>:<id> | {}: the batch has ended and all that it brought is stored |
| llm-batch-intent:<server>:<file> | {}: a batch of that file is about to be made |

A batch also carries the digest of its file in its metadata: after a kill between its making and the note of its id, it
is found in the server's list by its intent, and not made again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator

from mmner.base.errors import InputError
from mmner.llm.money import LIMIT, Purse, marks
from mmner.llm.params import Llm
from mmner.llm.talk import Answer, Request, Talk, recall
from mmner.llm.wire import Passing, Wire
from mmner.rows.contract import Result
from mmner.rows.store import Store

URL = "/v1/chat/completions"
WINDOW = "24h"  # the only one that servers offer
MAX_REQUESTS, MAX_BYTES = 50_000, 100_000_000  # of one file; OpenAI takes 50,000 and 200 MB
OVER = ("completed", "expired", "cancelled", "failed")


def mark(kind: str, base_url: str, *of) -> str:
    """A key of the table above. A server is known by its address: another one knows nothing of these batches."""
    return ":".join((f"llm-{kind}", hashlib.sha256(base_url.encode()).hexdigest()[:12], *map(str, of)))


def forget(batch_id: str, base_url: str, store: Store) -> None:
    """Take a batch that its server has lost for over: what it did not bring is submitted again."""
    store.put({mark("batch-over", base_url, batch_id): {}})


class Batches:
    """The open batches of one server and model."""

    def __init__(self, params: Llm, store: Store, wire: Wire, purse: Purse):
        self.params, self.store, self.wire, self.purse = params, store, wire, purse

    def __call__(self, talks: list[Talk]) -> None:
        """Bring every talk to its end, or stop.

        Errors: InputError `pending` while the server works; `batch-failed`, `batch-lost`, `batch-rejected`,
        `llm-server`; those of the wire.
        """
        while True:
            recall(talks, self.store, self.params)
            asked = {talk.request.key(self.params): talk.request for talk in talks if talk.request}
            if not asked:
                return
            opened, attempts = self._whereabouts(asked)
            if not self._collect(opened, asked):
                break
        broken, waiting = self._submit({key: asked[key] for key in attempts}, attempts)
        waiting |= opened
        if waiting:
            self._pending(waiting)
        for talk in talks:
            if talk.request is None:
                continue
            if error := broken.get(talk.request.key(self.params)):
                talk.fail(error)
            else:
                talk.end(Result(None, LIMIT, transient=True))

    def _whereabouts(self, asked: Iterable[str]) -> tuple[dict[str, str], dict[str, int]]:
        """(the open batch of each request that is in one; how many attempts each of the others has behind it)."""
        opened, attempts = {}, dict.fromkeys(asked, 0)
        todo = list(attempts)
        while todo:
            marks = {key: self._mark("batched", key, attempts[key]) for key in todo}
            found = self.store.get(marks.values())
            batches = {key: found[mark]["batch"] for key, mark in marks.items() if mark in found}
            over = self.store.get({self._mark("batch-over", batch) for batch in batches.values()})
            todo = [key for key, batch in batches.items() if self._mark("batch-over", batch) in over]
            opened |= {key: batch for key, batch in batches.items() if key not in todo}
            for key in todo:
                attempts[key] += 1
        return opened, {key: attempt for key, attempt in attempts.items() if key not in opened}

    def _mark(self, kind: str, *of) -> str:
        return mark(kind, self.params.base_url, *of)

    def _collect(self, opened: dict[str, str], asked: dict[str, Request]) -> bool:
        """Store what ended batches brought; whether there was one."""
        ended = False
        for batch_id in sorted(set(opened.values())):
            with _Server(self.wire, batch_id):
                batch = self.wire.client.batches.retrieve(batch_id)
                if batch.status not in OVER:
                    continue
                lines = [*self._lines(batch.output_file_id), *self._lines(batch.error_file_id)]
            ended = True
            answers, rejections, stop = {}, [], None
            ours, _ = self._whereabouts({str(line.get("custom_id")) for line in lines})  # also what is not asked today
            for line in lines:
                key = str(line.get("custom_id"))
                if ours.get(key) != batch_id:
                    continue
                try:
                    answer = self._read(line, asked.get(key))
                except InputError as error:
                    stop = error
                    continue
                if answer:
                    answers[key] = answer
                    rejections += [answer.rejected] * bool(answer.rejected)
            over = {self._mark("batch-over", batch_id): {}}
            if rejections and len(rejections) == len(answers) > 1:
                self.store.put(over)
                raise InputError("batch-rejected", f"batch {batch_id}: all requests, such as: {rejections[0]}")
            self.store.put(marks(answers) | over)
            if stop:
                raise stop
            if batch.status in ("failed", "cancelled"):
                remedy = f"{len(answers)} answers of it are kept; run the stage again to submit what is left"
                raise InputError("batch-failed", f"batch {batch_id} {batch.status}{self._why(batch)}", remedy=remedy)
        return ended

    def _lines(self, file_id: str | None) -> Iterator[dict]:
        """The objects of a file on the server; a line that is none is as good as missing."""
        if not file_id:
            return
        for line in self.wire.client.files.content(file_id).content.splitlines():
            try:
                found = json.loads(line)
            except ValueError:
                continue
            if isinstance(found, dict):
                yield found

    def _read(self, line: dict, request: Request | None) -> Answer | None:
        """The answer in a batch's line; None where the request has to be asked again.

        Errors: InputError `llm-key`, `llm-unpaid`, `llm-forbidden`, `llm-not-found`: none of its kind can be answered.
        """
        response = line.get("response") or {}
        status, body = response.get("status_code"), response.get("body")
        if status == 200:
            try:
                return self.wire.answer(body, request)
            except Passing:
                return None
        told = body.get("error", body) if isinstance(body, dict) else body
        if isinstance(status, int) and (stop := self.wire.stops(status, told, self.wire.words(told, str(body)))):
            raise stop
        if status in (400, 403, 413, 422):
            return Answer(rejected=self.wire.clean(f"{status} {json.dumps(body, ensure_ascii=False)}"))
        return None

    def _why(self, batch) -> str:
        told = [error.message for error in (batch.errors and batch.errors.data) or [] if error.message]
        return f": {self.wire.clean(told[0])[:200]}" if told else ""

    def _submit(self, asked: dict[str, Request], attempts: dict[str, int]) -> tuple[dict, dict[str, str]]:
        """Make batches of `asked`, as far as the money goes: (what cannot be asked, and why; batch by request)."""
        broken, batched = {}, {}
        lines: dict[str, bytes] = {}
        size = 0
        for key, request in asked.items():
            if not self.purse.reserve(request):
                break
            try:
                body = request.body(self.params)
            except Exception as error:  # an image that cannot be read
                self.purse.settle(request, 0.0)
                broken[key] = error
                continue
            line = {"custom_id": key, "method": "POST", "url": URL, "body": body}
            encoded = json.dumps(line).encode() + b"\n"
            if lines and (len(lines) == MAX_REQUESTS or size + len(encoded) > MAX_BYTES):
                batched |= self._make(lines, attempts)
                lines, size = {}, 0
            lines[key] = encoded
            size += len(encoded)
        if lines:
            batched |= self._make(lines, attempts)
        return broken, batched

    def _make(self, lines: dict[str, bytes], attempts: dict[str, int]) -> dict[str, str]:
        """One batch of `lines`, noted as soon as the server knows it."""
        name = hashlib.sha256(json.dumps([(key, attempts[key]) for key in lines]).encode()).hexdigest()
        intent = self._mark("batch-intent", name)
        with _Server(self.wire):
            batch_id = self._made(name) if self.store.get([intent]) else None
            if batch_id is None:
                content = b"".join(lines.values())
                file = self.wire.client.files.create(file=(f"{name[:16]}.jsonl", content), purpose="batch")
                self.store.put({intent: {}})
                # The client's own retries would make a second batch where only the answer about the first was lost.
                once = self.wire.client.with_options(max_retries=0)
                batch = once.batches.create(
                    input_file_id=file.id, endpoint=URL, completion_window=WINDOW, metadata={"mmner": name}
                )
                batch_id = batch.id
        marks = {self._mark("batched", key, attempts[key]): {"batch": batch_id} for key in lines}
        self.store.put(marks)
        return dict.fromkeys(lines, batch_id)

    def _made(self, name: str) -> str | None:
        """The batch of file `name`, where the server has it."""
        for batch in self.wire.client.batches.list(limit=100):
            if (batch.metadata or {}).get("mmner") == name:
                return batch.id
        return None

    def _pending(self, waiting: dict[str, str]) -> None:
        batches = sorted(set(waiting.values()))
        raise InputError(
            "pending",
            f"{len(waiting)} requests are with the server, in batch {', '.join(batches)}",
            where=f"{self.params.base_url}, model {self.params.model}",
            remedy="run dvc repro again later: it collects what is ready; nothing is submitted twice",
        )


class _Server:
    """Failures of the server inside, as InputErrors: what is stored stays, and the next run goes on from there."""

    def __init__(self, wire: Wire, batch_id: str | None = None):
        self.wire, self.batch_id = wire, batch_id

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind, error, _trace) -> None:
        from openai import NotFoundError, OpenAIError

        if not isinstance(error, OpenAIError):
            return
        if isinstance(error, NotFoundError) and self.batch_id:
            what = f"the server does not know batch {self.batch_id} (any more), or a file of it"
            remedy = (
                "was it made with another key? If it is gone for good, have its requests submitted again: "
                f"python -m mmner forget-batch {self.batch_id} --base-url {self.wire.params.base_url}"
            )
            raise InputError("batch-lost", what, where=self.wire.params.base_url, remedy=remedy) from None
        meaning = self.wire.meaning(error)
        if isinstance(meaning, InputError):
            raise meaning from None
        remedy = "run the stage again: what was submitted is not submitted again"
        raise InputError("llm-server", str(meaning), where=self.wire.params.base_url, remedy=remedy) from None
