"""Batches on their way to the device: cut by their size, made ahead by threads where there is a GPU.

Threads and no processes: a process that was forked while another thread held a lock waits for it forever (it was met in
the tests), and one that is started anew imports for seconds before its first batch, in every epoch. What makes a batch
long, decoding and padding, lets other threads go on.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import torch

from mmner.base.errors import InputError
from mmner.model.batch import Batch, Example

VARIABLE = "MMNER_LOADERS"  # threads that make batches
LOADERS = 4  # where there is a GPU, and as many cores
AHEAD = 2  # batches a thread


def loaders(device: torch.device) -> int:
    """How many threads make batches: $MMNER_LOADERS; else some for a GPU and none for a CPU, which has other work.

    Errors: InputError `bad-environment`.
    """
    if asked := os.environ.get(VARIABLE):
        if not asked.isdecimal():
            raise InputError("bad-environment", f"{VARIABLE} is {asked!r}", remedy="set a whole number, or none")
        return int(asked)
    return min(LOADERS, os.cpu_count() or 1) if device.type == "cuda" else 0


def feed(
    groups: Sequence[Sequence[Example]], collate: Callable[[Sequence[Example]], Batch], device: torch.device
) -> Iterator[Batch]:
    """Each of `groups` as a Batch on `device`, made ahead where there are loaders, from pinned memory to a GPU.

    Errors: InputError `bad-environment`, and those of `collate`.
    """
    threads = loaders(device)
    if not threads:
        for group in groups:
            yield collate(group).to(device)
        return

    def make(group: Sequence[Example]) -> Batch:
        batch = collate(group)
        return batch.pin_memory() if device.type == "cuda" else batch

    waiting: deque[Future[Batch]] = deque()
    pool = ThreadPoolExecutor(threads, "loader")
    try:
        for group in groups:
            waiting.append(pool.submit(make, group))
            if len(waiting) > AHEAD * threads:
                yield waiting.popleft().result().to(device)
        while waiting:
            yield waiting.popleft().result().to(device)
    finally:
        pool.shutdown(cancel_futures=True)
