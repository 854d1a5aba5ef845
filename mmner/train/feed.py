"""Batches on their way to the device: cut by their size, made ahead by worker processes where there is a GPU."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence

import torch

from mmner.base.errors import InputError
from mmner.model.batch import Batch, Example

VARIABLE = "MMNER_LOADERS"  # worker processes that make batches
LOADERS = 4  # where there is a GPU, and as many cores


def parts(examples: Sequence[Example], most: int) -> list[list[Example]]:
    """`examples`, in their order, in parts of `most` word pieces, padding included; a single one may have more."""
    result, rows, longest = [], 0, 0
    for example in examples:
        rows, longest = rows + len(example.text.windows), max(longest, example.text.length)
        if not result or rows * longest > most:
            result.append([])
            rows, longest = len(example.text.windows), example.text.length
        result[-1].append(example)
    return result


def loaders(device: torch.device) -> int:
    """How many processes make batches: $MMNER_LOADERS; else some for a GPU and none for a CPU, which has other work.

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
    workers = loaders(device)
    if not workers or not groups:
        for group in groups:
            yield collate(group).to(device)
        return
    generator = torch.Generator()  # its own: the order of the training's random numbers stays as it is
    loader = torch.utils.data.DataLoader(
        groups,
        batch_size=None,
        num_workers=workers,
        collate_fn=_Told(collate),
        pin_memory=device.type == "cuda",
        generator=generator,
    )
    for batch in loader:
        if isinstance(batch, dict):
            raise InputError(**batch)
        yield batch.to(device)


class _Told:
    """`collate`, whose InputError comes out of a worker process as a dict: torch would make another error of it."""

    def __init__(self, collate: Callable[[Sequence[Example]], Batch]):
        self._collate = collate

    def __call__(self, group: Sequence[Example]) -> Batch | dict[str, str]:
        try:
            return self._collate(group)
        except InputError as error:
            return {"name": error.name, "what": error.what, "where": error.where, "remedy": error.remedy}
