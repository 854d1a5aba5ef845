"""Requests as files, for whoever answers files: `vllm run-batch`, or a provider's Batch API by its own tools.

Writes `<name>.jsonl`, lines of {custom_id, method, url, body}; reads `<name>.answers.jsonl`, lines of {custom_id,
response: {status_code, body}, error}, both in the folder `llm-batches` beside the row store. A mark of each request,
llm-file:<request>, says in which file it is: {"batch": name}. A file that is gone was taken back: its requests are
written anew.
"""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Iterable
from pathlib import Path

from mmner.base.atomic import atomic_write
from mmner.base.errors import InputError
from mmner.llm.batch_marks import Batched
from mmner.llm.batches import Batches, json_objects
from mmner.llm.conversation import Request
from mmner.rows import memo as memos

FOLDER = "llm-batches"


class FileBatches(Batches):
    """Batches that somebody else submits. Errors: as of Batches, but that there is no server; `no-folder`."""

    @property
    def _folder(self) -> Path:
        if self.memo.folder is None:
            what = "there is no place for a file of requests: no row store"
            raise InputError("no-folder", what, remedy="run the stage by dvc, or leave `batch: file` out")
        return self.memo.folder / FOLDER

    def _questions(self, name: str) -> Path:
        return self._folder / f"{name}.jsonl"

    def _answers(self, name: str) -> Path:
        return self._folder / f"{name}.answers.jsonl"

    def _locate(self, request_keys: Iterable[str]) -> tuple[dict[str, str], dict[str, int]]:
        keys = [*request_keys]
        found = memos.read(self.memo, map(_mark, keys), Batched)
        opened = {key: found[_mark(key)].batch for key in keys if _mark(key) in found}
        there = {name for name in {*opened.values()} if self._questions(name).is_file()}
        opened = {key: name for key, name in opened.items() if name in there}
        return opened, dict.fromkeys((key for key in keys if key not in opened), 0)

    def _collect_ended(self, opened: dict[str, str], requests: dict[str, Request]) -> bool:
        ended = [name for name in sorted({*opened.values()}) if self._answers(name).is_file()]
        for name in ended:
            with self._answers(name).open("rb") as file:
                lines = [*json_objects(file)]
            self._check(name, lines)
            self._keep(name, lines, requests)
        return bool(ended)

    def _check(self, name: str, lines: list[dict]) -> None:
        """Errors: InputError `no-answers` where none of `lines` is about a request of file `name`."""
        ids = {
            str(line.get("custom_id")) for line in lines if isinstance(line.get("response"), dict) or line.get("error")
        }
        opened, _ = self._locate(ids)
        if name not in opened.values():
            what = f"no line answers a request of {name}.jsonl, by its custom_id, with a response or an error"
            remedy = "let it be written again, in the form of a Batch API's output; or remove it"
            raise InputError("no-answers", what, where=str(self._answers(name)), remedy=remedy)

    def _end(self, batch_id: str) -> None:
        self._answers(batch_id).replace(self._folder / f"{batch_id}.collected.jsonl")
        self._questions(batch_id).unlink()

    def _create(self, lines: dict[str, bytes], attempts: dict[str, int]) -> dict[str, str]:
        name = hashlib.sha256(json.dumps([*lines]).encode()).hexdigest()[:16]
        self._folder.mkdir(parents=True, exist_ok=True)
        with atomic_write(self._questions(name)) as temporary:
            Path(temporary).write_bytes(b"".join(lines.values()))
        marks = {_mark(key): {"batch": name} for key in lines}
        self.memo.forget(marks)  # of an earlier file
        self.memo.put(marks)
        return dict.fromkeys(lines, name)

    def _stop_as_pending(self, waiting: dict[str, str]) -> None:
        first, *others = sorted({*waiting.values()})
        files = f"{self._questions(first)}{f' and {len(others)} more' if others else ''}"
        answers = self._answers(first)
        part = answers.with_name(f"{answers.name}.part")
        model, asked, part, there = map(
            shlex.quote, map(str, (self.params.model, self._questions(first), part, answers))
        )
        remedy = (
            f"vllm run-batch --model {model} -i {asked} -o {part} && mv {part} {there}; or let a Batch API answer it "
            "into that file. Then run the stage again"
        )
        raise InputError("pending", f"{len(waiting)} requests wait to be answered", where=files, remedy=remedy)


def _mark(key: str) -> str:
    return f"llm-file:{key}"
