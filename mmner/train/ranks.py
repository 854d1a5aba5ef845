"""One training by several processes, started by torchrun: ranks that each take a share of every batch.

Nothing here imports torch until there are several. Rank 0 alone looks for known models, and writes.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import NoReturn

from mmner.base.errors import InputError

VARIABLE = "MMNER_PROCESSES"
PATIENCE = timedelta(days=7)  # of ranks that wait for the first one, which may wait for another training


def wanted() -> int:
    """$MMNER_PROCESSES: how many are to train each run together; 1 where it is not set.

    Errors: InputError `bad-environment`.
    """
    asked = os.environ.get(VARIABLE) or "1"
    if not asked.isdecimal() or not int(asked):
        raise InputError("bad-environment", f"{VARIABLE} is {asked!r}", remedy="set a number from 1, or unset it")
    return int(asked)


def start(command: Sequence[str]) -> NoReturn:
    """Become torchrun, which starts `command` (a script and its arguments) in as many processes as are wanted."""
    runner = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={wanted()}", "--"]
    os.execv(sys.executable, [sys.executable, *runner, *command])


def count() -> int:
    """How many processes train together."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def number() -> int:
    """Which one of them this is, from 0."""
    return int(os.environ.get("RANK", "0"))


@contextmanager
def together() -> Iterator[None]:
    """While the block lasts, ranks can talk: by NCCL where each has a GPU of its own, else by gloo."""
    if count() == 1:
        yield
        return
    import torch
    from torch import distributed

    from mmner.networks import device

    chosen = device.best()  # of one that $MMNER_DEVICE names, all ranks share it
    on_gpu = chosen.type == "cuda" and chosen.index is None and torch.cuda.device_count() >= count()
    if on_gpu:
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    distributed.init_process_group("nccl" if on_gpu else "gloo", timeout=PATIENCE)
    try:
        yield
    finally:
        distributed.destroy_process_group()


def told(value=None):
    """What rank 0 says: it gives `value`, which all get."""
    if count() == 1:
        return value
    from torch import distributed

    box = [value]
    distributed.broadcast_object_list(box, src=0)
    return box[0]


def gathered(value) -> list:
    """The `value` of each rank, for all of them."""
    if count() == 1:
        return [value]
    from torch import distributed

    values = [None] * count()
    distributed.all_gather_object(values, value)
    return values


def share(items: Sequence) -> list:
    """This rank's share of `items`: every so many-th, so that shares differ by one at most."""
    return list(items[number() :: count()])


def interleaved(shares: Sequence[Sequence]) -> list:
    """The items that `share` dealt out, in their order."""
    whole = [None] * sum(map(len, shares))
    for rank, part in enumerate(shares):
        whole[rank :: len(shares)] = part
    return whole
