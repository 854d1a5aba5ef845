"""Who answers a stage's batches: the stage itself, or several workers side by side.

The stage (the *driver*) looks rows up, cuts batches, stores answers and writes the artifact in order, whoever answers.
A worker holds a copy of the backend, built from its class and params; what the copy asks of its memo and its budget,
the driver answers. So a limit holds over all workers together, and an artifact's bytes depend on no number of them.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Hashable
from dataclasses import dataclass, field
from itertools import count
from typing import Any, NamedTuple, Protocol

from mmner.base.errors import InputError
from mmner.rows import image_transfer
from mmner.rows.contract import Backend, Item, Result

DEATHS = 2  # of workers at one batch; then it is the batch


class Answered(NamedTuple):
    """The results of the batch with that number, and the seconds that they took."""

    number: int
    results: list[Result]
    seconds: float


class Executor(Protocol):
    """Answers batches. requests: how many its backends made of a server. hungry: whether it could do with more of them.

    A context manager: at the end of its block no worker is left.
    """

    requests: int
    hungry: bool

    def submit(self, items: list[Item]) -> int:
        """Take a batch, at most of one group of the backend's; the number by which it is known from now on."""

    def next(self) -> Answered:
        """Wait for the answers to any of the batches. Errors: those of the backend; InputError `worker-died`."""


class Inline:
    """An Executor without workers: `backend` answers in this process, one batch after the other."""

    hungry = False

    def __init__(self, backend: Backend):
        self._backend = backend
        self._waiting: deque[tuple[int, list[Item]]] = deque()
        self._numbers = count()

    @property
    def requests(self) -> int:
        return self._backend.requests

    def submit(self, items: list[Item]) -> int:
        self._waiting.append((next(self._numbers), items))
        return self._waiting[-1][0]

    def next(self) -> Answered:
        number, items = self._waiting.popleft()
        started = time.perf_counter()
        results = self._backend(items)
        return Answered(number, results, time.perf_counter() - started)

    def __enter__(self) -> Inline:
        return self

    def __exit__(self, *_error) -> None:
        pass


class Recipe(NamedTuple):
    """All that makes a copy of a backend, picklable."""

    kind: type[Backend]
    params: Any
    prepared: Any
    folder: Any  # of the memo

    def build(self, memo, budget) -> Backend:
        backend = self.kind(self.params, memo, budget)
        backend.take_over(self.prepared)
        return backend


class Call(NamedTuple):
    """A worker's copy of the backend calls `method` of its memo, its budget, or mmner/rows/image_transfer.py."""

    target: str
    method: str
    args: tuple


class Done(NamedTuple):
    """A worker has answered its batch. requests: since it began."""

    results: list[Result]
    seconds: float
    requests: int


class Failed(NamedTuple):
    """A worker's backend has raised `error`."""

    error: BaseException


class Died(NamedTuple):
    """A worker is gone. by_batch: whether its batch may be why."""

    why: str
    by_batch: bool = True


@dataclass(eq=False)
class Worker:
    """The driver's end of a worker. batches: the numbers of those that it has, of which the first is at work.

    has_begun: whether it has answered one.
    """

    place: int
    handle: Any
    batches: deque[int] = field(default_factory=deque)
    group: Hashable = None
    requests: int = 0
    has_begun: bool = False


@dataclass
class Pool:
    """An Executor with `width` workers, which a subclass starts and talks to.

    A worker starts when there is a batch for it. While there are enough, it has one more than it works on, so that it
    never waits while this process stores or looks up. One that dies is replaced, and others get its batches.
    """

    backend: Backend
    width: int
    _batches: dict[int, list[Item]] = field(default_factory=dict)
    _waiting: dict[Hashable, deque[int]] = field(default_factory=dict)  # by group
    _workers: list[Worker] = field(default_factory=list)
    _deaths: Counter[int] = field(default_factory=Counter)
    _of_the_dead: int = 0  # requests
    _numbers: count = field(default_factory=count)

    def _start(self, place: int, recipe: Recipe) -> Any:
        """The handle of a new worker, number `place` of 0..width-1."""
        raise NotImplementedError

    def _give(self, worker: Worker, items: list[Item]) -> None:
        """Let `worker` answer these, too, after what it has. One that is dead says so in `_event`."""
        raise NotImplementedError

    def _event(self, busy: list[Worker]) -> tuple[Worker, Call | Done | Failed | Died]:
        """The next thing that one of the workers `busy` says. It answers its batches in their order."""
        raise NotImplementedError

    def _reply(self, worker: Worker, value: Any, error: BaseException | None) -> None:
        """Answer the Call of `worker`."""
        raise NotImplementedError

    def _end(self, worker: Worker) -> None:
        """End `worker` at once, alive or dead."""
        raise NotImplementedError

    @property
    def requests(self) -> int:
        return self._of_the_dead + sum(worker.requests for worker in self._workers)

    @property
    def hungry(self) -> bool:
        return len(self._batches) < 3 * self.width  # at work, ahead, and to be given

    def submit(self, items: list[Item]) -> int:
        number = next(self._numbers)
        self._batches[number] = items
        self._waiting.setdefault(self._group(number), deque()).append(number)
        self._feed()
        return number

    def next(self) -> Answered:
        while True:
            self._feed()
            worker, event = self._event([worker for worker in self._workers if worker.batches])
            match event:
                case Call(target, method, args):
                    self._serve(worker, target, method, args)
                case Failed(error):
                    raise error
                case Died(why, by_batch):
                    self._replace(worker, why, by_batch)
                case Done(results, seconds, requests):
                    number, worker.requests, worker.has_begun = worker.batches.popleft(), requests, True
                    del self._batches[number]
                    self._feed()
                    return Answered(number, results, seconds)

    def _group(self, number: int) -> Hashable:
        return self.backend.group(self._batches[number][0]) if self.backend.parallel == "group" else None

    def _feed(self) -> None:
        """Give each worker without a batch one, start workers while there are batches for them, then give ahead."""
        for worker in self._workers:
            if not worker.batches and (group := self._choose(worker)) is not _NOTHING:
                self._hand_over(worker, group)
        while len(self._workers) < self.width and (group := self._choose(None)) is not _NOTHING:
            place = min({*range(self.width)} - {worker.place for worker in self._workers})
            recipe = Recipe(type(self.backend), self.backend.params, self.backend.prepared(), self.backend.memo.folder)
            self._workers.append(Worker(place, self._start(place, recipe), group=_NOTHING))
            self._hand_over(self._workers[-1], group)
        for worker in self._workers:
            # Of the last few, each goes to who is free first. Of its own group alone: it may not be done with that.
            ample = len(self._waiting.get(worker.group, ())) >= self.width
            if ample and worker.has_begun and len(worker.batches) == 1:
                self._hand_over(worker, worker.group)

    def _choose(self, worker: Worker | None) -> Hashable:
        """The group of which `worker`, or a new one, gets a batch: its own, else one that no other worker has."""
        if self.backend.parallel == "rows":
            return None if self._waiting.get(None) else _NOTHING
        if worker and self._waiting.get(worker.group):
            return worker.group
        taken = {other.group for other in self._workers}
        return next((group for group, batches in self._waiting.items() if batches and group not in taken), _NOTHING)

    def _hand_over(self, worker: Worker, group: Hashable) -> None:
        worker.group = group
        worker.batches.append(self._waiting[group].popleft())
        self._give(worker, self._batches[worker.batches[-1]])

    def _serve(self, worker: Worker, target: str, method: str, args: tuple) -> None:
        value, error = None, None
        try:
            asked = {"memo": self.backend.memo, "budget": self.backend.budget, "images": image_transfer}[target]
            value = getattr(asked, method)(*args)
        except Exception as problem:  # as in the backend's own process, it is the backend's to pass on
            error = problem
        self._reply(worker, value, error)

    def _replace(self, worker: Worker, why: str, by_batch: bool) -> None:
        """Errors: InputError `worker-died` where DEATHS workers have died of the batch that `worker` was at."""
        number = worker.batches[0]
        self._end(worker)
        self._workers.remove(worker)
        self._of_the_dead += worker.requests
        self._deaths[number] += by_batch
        if by_batch and self._deaths[number] == DEATHS:
            what = f"{DEATHS} workers ended over one batch, from row {self._batches[number][0]['id']} on: {why}"
            remedy = "take fewer workers or a smaller batch_size if memory was short; rows that were finished are kept"
            raise InputError("worker-died", what, remedy=remedy)
        self._waiting[worker.group].extendleft(reversed(worker.batches))

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_error) -> None:
        for worker in self._workers:
            self._end(worker)
        self._workers.clear()


_NOTHING = object()  # no group; None is one
