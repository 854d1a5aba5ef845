"""Requests at half the price, through a server's files and batches: submit, stop as pending, collect at a later run.

Their state lies in the row store, as marks (mmner/llm/batch_marks.py), which only ever grows.

A batch also has the digest of its file in its metadata: after a kill between the creation of a batch and the storing of
its id, the next run finds the batch in the server's list, and creates no second one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator

from mmner.base.errors import InputError
from mmner.llm.batch_marks import Batched, batch_mark
from mmner.llm.conversation import Answer, Conversation, Request, replay_stored
from mmner.llm.money import Spending, answer_marks
from mmner.llm.params import LlmParams
from mmner.llm.read_answer import read_json
from mmner.llm.served import served_mark, was_served
from mmner.llm.transport import OpenAiTransport, TransientError
from mmner.rows import memo as memos
from mmner.rows.contract import Memo, Result

URL = "/v1/chat/completions"
WINDOW = "24h"  # the only one that servers offer
MAX_REQUESTS, MAX_BYTES = 50_000, 100_000_000  # of one file; OpenAI takes 50,000 and 200 MB
ENDED = ("completed", "expired", "cancelled", "failed")


def json_objects(lines: Iterable[bytes]) -> Iterator[dict]:
    """The JSON objects in `lines`; other lines are skipped."""
    for line in lines:
        try:
            value = read_json(line)
        except ValueError:
            continue
        if isinstance(value, dict):
            yield value


class Batches:
    """The open batches of one server and model."""

    def __init__(self, params: LlmParams, memo: Memo, transport: OpenAiTransport, spending: Spending):
        self.params, self.memo, self.transport, self.spending = params, memo, transport, spending

    def __call__(self, conversations: list[Conversation]) -> None:
        """Bring every conversation to its end, or raise.

        Errors: InputError `pending` while the server works; `batch-failed`, `batch-lost`, `batch-rejected`,
        `llm-server`; those of the transport.
        """
        while True:
            replay_stored(conversations, self.memo, self.params)
            requests = {
                conversation.request.key(self.params): conversation.request
                for conversation in conversations
                if conversation.request
            }
            if not requests:
                return
            opened, attempts = self._locate(requests)
            if not self._collect_ended(opened, requests):
                break
        failed, waiting = self._submit({key: requests[key] for key in attempts}, attempts)
        waiting |= opened
        if waiting:
            self._stop_as_pending(waiting)
        for conversation in conversations:
            if conversation.request is None:
                continue
            if error := failed.get(conversation.request.key(self.params)):
                conversation.fail(error)
            else:
                conversation.end(Result(None, self.spending.refusal(conversation.request), transient=True))

    def _locate(self, request_keys: Iterable[str]) -> tuple[dict[str, str], dict[str, int]]:
        """(request key -> its open batch; request key -> number of past attempts, for requests in no open batch)."""
        opened, attempts = {}, dict.fromkeys(request_keys, 0)
        unresolved = list(attempts)
        while unresolved:
            mark_of_request = {key: self._mark("batched", key, attempts[key]) for key in unresolved}
            batch_of_mark = memos.read(self.memo, mark_of_request.values(), Batched)
            batches = {key: batch_of_mark[mark].batch for key, mark in mark_of_request.items() if mark in batch_of_mark}
            ended = self.memo.get({self._mark("batch-over", batch) for batch in batches.values()})
            unresolved = [key for key, batch in batches.items() if self._mark("batch-over", batch) in ended]
            opened |= {key: batch for key, batch in batches.items() if key not in unresolved}
            for key in unresolved:
                attempts[key] += 1
        return opened, {key: attempt for key, attempt in attempts.items() if key not in opened}

    def _mark(self, kind: str, *of) -> str:
        return batch_mark(kind, self.params.base_url, *of)

    def _collect_ended(self, opened: dict[str, str], requests: dict[str, Request]) -> bool:
        """Store the answers of batches that have ended. Returns whether any has."""
        any_ended = False
        for batch_id in sorted(set(opened.values())):
            with _ServerErrors(self.transport, batch_id):
                batch = self.transport.client.batches.retrieve(batch_id)
                if batch.status not in ENDED:
                    continue
                lines = [*self._output_lines(batch.output_file_id), *self._output_lines(batch.error_file_id)]
            any_ended = True
            self._keep(batch_id, lines, requests)
            if batch.status in ("failed", "cancelled"):
                what = f"batch {batch_id} {batch.status}{self._failure_reason(batch)}"
                remedy = "answers in it, if any, are kept; run the stage again to submit what is left"
                raise InputError("batch-failed", what, remedy=remedy)
        return any_ended

    def _keep(self, batch_id: str, lines: list[dict], requests: dict[str, Request]) -> None:
        """Store the answers in `lines`, all that a batch which has ended gave; from now on it is over.

        Errors: InputError `batch-rejected`, those of `_answer`.
        """
        answers, stop = {}, None
        batch_of_request, _ = self._locate(
            {str(line.get("custom_id")) for line in lines}
        )  # also those that this run did not ask for
        for line in lines:
            key = str(line.get("custom_id"))
            if batch_of_request.get(key) != batch_id:
                continue
            try:
                answer = self._answer(line, requests.get(key))
            except InputError as error:
                stop = error
                continue
            if answer and (key not in answers or answers[key].rejected):  # of several lines about it, as two files have
                answers[key] = answer
        rejections = [answer.rejected for answer in answers.values() if answer.rejected]
        taken = len(answers) > len(rejections)
        rejected = len(rejections) > 1 and not taken and not was_served(self.params, self.memo)
        self.memo.put({} if rejected else answer_marks(answers) | (served_mark(self.params) if taken else {}))
        self._end(batch_id)
        if rejected:
            what = f"batch {batch_id}: all requests, such as: {rejections[0]}"
            remedy = "mend what the server says in the variant's params, then run the stage again"
            raise InputError("batch-rejected", what, remedy=remedy)
        if stop:
            raise stop

    def _end(self, batch_id: str) -> None:
        """Its answers are stored: it is over."""
        self.memo.put({self._mark("batch-over", batch_id): {}})

    def _output_lines(self, file_id: str | None) -> Iterator[dict]:
        """The JSON objects of a file on the server."""
        if not file_id:
            return
        yield from json_objects(self.transport.client.files.content(file_id).content.splitlines())

    def _answer(self, line: dict, request: Request | None) -> Answer | None:
        """The answer in a batch's line; None where the request has to be asked again.

        Errors: InputError `llm-key`, `llm-unpaid`, `llm-forbidden`, `llm-not-found`: none of its kind can be answered.
        """
        response = line["response"] if isinstance(line.get("response"), dict) else {}
        status, body = response.get("status_code"), response.get("body") or line.get("error")
        if status == 200:
            try:
                return self.transport.answer(body, request)
            except TransientError:
                return None
        error_body = body.get("error", body) if isinstance(body, dict) else body
        if isinstance(status, int) and (
            stop := self.transport.fatal_error(status, error_body, self.transport.error_message(error_body, str(body)))
        ):
            raise stop
        if status in (400, 403, 413, 422):
            return Answer(rejected=self.transport.redact(f"{status} {json.dumps(body, ensure_ascii=False)}"))
        return None

    def _failure_reason(self, batch) -> str:
        messages = [error.message for error in (batch.errors and batch.errors.data) or [] if error.message]
        return f": {self.transport.redact(messages[0])[:200]}" if messages else ""

    def _submit(self, requests: dict[str, Request], attempts: dict[str, int]) -> tuple[dict, dict[str, str]]:
        """Create batches of `requests`, as far as the money goes.

        Returns (request key -> error, for requests that can't be made; request key -> batch id).
        """
        failed, batched = {}, {}
        lines: dict[str, bytes] = {}
        size = 0
        for key, request in requests.items():
            if not self.spending.reserve(request):
                continue
            try:
                body = request.body(self.params)
            except Exception as error:  # an image that cannot be read
                self.spending.settle(request, 0.0)
                failed[key] = error
                continue
            line = {"custom_id": key, "method": "POST", "url": URL, "body": body}
            encoded = json.dumps(line).encode() + b"\n"
            if lines and (len(lines) == MAX_REQUESTS or size + len(encoded) > MAX_BYTES):
                batched |= self._create(lines, attempts)
                lines, size = {}, 0
            lines[key] = encoded
            size += len(encoded)
        if lines:
            batched |= self._create(lines, attempts)
        return failed, batched

    def _create(self, lines: dict[str, bytes], attempts: dict[str, int]) -> dict[str, str]:
        """Create one batch of `lines` (request key -> line), stored as soon as the server has it: key -> batch id."""
        name = hashlib.sha256(json.dumps([(key, attempts[key]) for key in lines]).encode()).hexdigest()
        intent = self._mark("batch-intent", name)
        with _ServerErrors(self.transport):
            batch_id = self._existing(name) if self.memo.get([intent]) else None
            if batch_id is None:
                content = b"".join(lines.values())
                file = self.transport.client.files.create(file=(f"{name[:16]}.jsonl", content), purpose="batch")
                self.memo.put({intent: {}})
                # The client's own retries would make a second batch where only the answer about the first was lost.
                client = self.transport.client.with_options(max_retries=0)
                batch = client.batches.create(
                    input_file_id=file.id, endpoint=URL, completion_window=WINDOW, metadata={"mmner": name}
                )
                batch_id = batch.id
        batched_marks = {self._mark("batched", key, attempts[key]): {"batch": batch_id} for key in lines}
        self.memo.put(batched_marks)
        return dict.fromkeys(lines, batch_id)

    def _existing(self, name: str) -> str | None:
        """The id of the server's batch of file `name`; None where it has none."""
        for batch in self.transport.client.batches.list(limit=100):
            if (batch.metadata or {}).get("mmner") == name:
                return batch.id
        return None

    def _stop_as_pending(self, waiting: dict[str, str]) -> None:
        batches = sorted(set(waiting.values()))
        raise InputError(
            "pending",
            f"{len(waiting)} requests are with the server, in batch {', '.join(batches)}",
            where=f"{self.params.base_url}, model {self.params.model}",
            remedy="run dvc repro again later: it collects what is ready; nothing is submitted twice",
        )


class _ServerErrors:
    """Context manager: errors of the server in the block become InputErrors; what is stored stays for the next run."""

    def __init__(self, transport: OpenAiTransport, batch_id: str | None = None):
        self.transport, self.batch_id = transport, batch_id

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
                f"python -m mmner forget-batch {self.batch_id} --base-url {self.transport.params.base_url}"
            )
            raise InputError("batch-lost", what, where=self.transport.params.base_url, remedy=remedy) from None
        classified = self.transport.classify_error(error)
        if isinstance(classified, InputError):
            raise classified from None
        remedy = "run the stage again: what was submitted is not submitted again"
        raise InputError("llm-server", str(classified), where=self.transport.params.base_url, remedy=remedy) from None
