"""What the row store knows of the requests that a server has in batches.

| key | value |
|---|---|
| llm-batched:<server>:<request>:<attempt> | {"batch": id}: the batch that has that attempt at the request |
| llm-batch-over:<server>:<id> | {}: the batch has ended and all its answers are stored |
| llm-batch-intent:<server>:<file> | {}: a batch of that file is about to be created |
"""

from __future__ import annotations

import hashlib
import json
from typing import Annotated

import pydantic

from mmner.base.errors import InputError
from mmner.rows import memo as memos
from mmner.rows.store import Store


class Batched(memos.Remembered):
    """The batch in which a request is."""

    batch: Annotated[str, pydantic.Field(min_length=1)]


def batch_mark(kind: str, base_url: str, *of) -> str:
    """A key of the table above. The server is identified by its address, since its batches exist there alone."""
    return ":".join((f"llm-{kind}", hashlib.sha256(base_url.encode()).hexdigest()[:12], *map(str, of)))


def forget(batch_id: str, base_url: str, store: Store) -> None:
    """Mark a batch that its server has lost as over, so that its unanswered requests are submitted again.

    Errors: InputError `unknown-batch` where nothing in `store` was submitted in it: the mark would do nothing.
    """
    prefix = batch_mark("batched", base_url, "")
    marks = store.query("SELECT DISTINCT value FROM marks WHERE key >= ? AND key < ?", (prefix, prefix + "~"))
    known = sorted({batch for (value,) in marks if (batch := json.loads(value).get("batch"))})
    if batch_id not in known:
        what = f"no request was submitted in a batch {batch_id} of {base_url}"
        remedy = f"give id and address as the error batch-lost says them; batches of it: {', '.join(known) or '(none)'}"
        raise InputError("unknown-batch", what, remedy=remedy)
    store.put({batch_mark("batch-over", base_url, batch_id): {}})
