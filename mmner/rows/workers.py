"""Workers that are processes of this machine, and what runs in a worker, wherever that is."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import connection, get_context, parent_process
from multiprocessing.pool import ExceptionWithTraceback
from multiprocessing.reduction import ForkingPickler
from pickle import PicklingError
from queue import SimpleQueue
from typing import Any, NamedTuple

from tqdm import tqdm

from mmner.base.main import tune_interpreter
from mmner.rows import image_transfer
from mmner.rows.contract import Budget, Item
from mmner.rows.pool import Call, Died, Done, Failed, Pool, Recipe, Worker

THREADS = "OMP_NUM_THREADS"
NO_BAR = "TQDM_DISABLE"
LOOK = 1.0  # seconds without a word, after which workers are looked at
Ask = Callable[[Call], Any]


class Reply(NamedTuple):
    """What came of a Call."""

    value: Any
    error: BaseException | None


class RemoteMemo:
    """The driver's memo, as a worker's backend sees it. folder: the driver's."""

    def __init__(self, ask: Ask, folder):
        self._ask, self.folder = ask, folder

    def get(self, keys: Iterable[str]) -> dict[str, dict]:
        return self._ask(Call("memo", "get", ([*keys],)))

    def put(self, values: dict[str, dict]) -> None:
        self._ask(Call("memo", "put", (values,)))

    def forget(self, keys: Iterable[str]) -> None:
        self._ask(Call("memo", "forget", ([*keys],)))


class RemoteBudget(Budget):
    """The driver's budget, as a worker's backend sees it."""

    def __init__(self, ask: Ask):
        self._ask = ask

    def reserve(self, kind: str, amount: float) -> bool:
        return self._ask(Call("budget", "reserve", (kind, amount)))

    def settle(self, kind: str, reserved: float, spent: float) -> None:
        self._ask(Call("budget", "settle", (kind, reserved, spent)))

    def exhaust(self, kind: str) -> None:
        self._ask(Call("budget", "exhaust", (kind,)))


class Copy:
    """A worker's copy of the backend. It is built for the first batch, so that what is wrong with it is told there."""

    def __init__(self, recipe: Recipe, ask: Ask):
        self._recipe, self._ask, self._backend = recipe, ask, None

    def answer(self, items: list[Item]) -> Done | Failed:
        """What came of a batch. An error is picklable, with its traceback as its cause; SystemExit is one, too."""
        started = time.perf_counter()
        try:
            if self._backend is None:
                memo = RemoteMemo(self._ask, self._recipe.folder)
                self._backend = self._recipe.build(memo, RemoteBudget(self._ask))
            with image_transfer.within_reach(items, lambda paths: self._ask(Call("images", "read", (paths,)))) as near:
                results = self._backend(near)
        except BaseException as error:  # a library's sys.exit is the driver's to pass on, as without workers
            return Failed(_picklable(error))
        return Done(results, time.perf_counter() - started, self._backend.requests)


def _picklable(error: BaseException) -> Any:
    whole = ExceptionWithTraceback(error, error.__traceback__)
    try:
        ForkingPickler.loads(ForkingPickler.dumps(whole))
    except Exception:  # an exception with arguments of its own
        return ExceptionWithTraceback(RuntimeError(f"{type(error).__name__}: {error}"), error.__traceback__)
    return whole


class Processes(Pool):
    """An Executor whose workers are processes of this machine, started anew: torch can't be forked.

    Each has its share of the cores as threads, where $OMP_NUM_THREADS does not say otherwise.
    """

    def _start(self, place: int, recipe: Recipe) -> Any:
        context = get_context("spawn")
        here, there = context.Pipe()
        process = context.Process(target=_work, args=(there, recipe), name=f"worker {place}", daemon=True)
        share = max(len(os.sched_getaffinity(0)) // self.width, 1)
        quiet = {NO_BAR: "1"} if place else {}  # of the workers' own bars, such as a training's, one is enough
        with _environment({THREADS: str(share)} | quiet):
            process.start()
        there.close()
        return process, here

    def _give(self, worker: Worker, items: list[Item]) -> None:
        _, pipe = worker.handle
        try:
            pipe.send(items)
        except OSError:  # it is dead: its pipe has an end to be read
            return

    def _event(self, busy: list[Worker]) -> tuple[Worker, Call | Done | Failed | Died]:
        worker_of = {worker.handle[1]: worker for worker in busy}
        # A dead one's pipe stays open while a process lives that its backend forked.
        ready: list = []
        while not ready:
            dead = (pipe for pipe, worker in worker_of.items() if worker.handle[0].exitcode is not None)
            ready = connection.wait(list(worker_of), LOOK) or [*dead]
        worker = worker_of[ready[0]]
        process, pipe = worker.handle
        with suppress(EOFError, OSError):
            if pipe.poll():
                return worker, pipe.recv()
        process.join()
        return worker, Died(_ending(process.exitcode))

    def _reply(self, worker: Worker, value: Any, error: BaseException | None) -> None:
        try:
            worker.handle[1].send(Reply(value, error))
        except OSError:
            return

    def _end(self, worker: Worker) -> None:
        process, pipe = worker.handle
        process.kill()  # nothing that it has is saved by a gentler end
        process.join()
        pipe.close()


@contextmanager
def _environment(added: dict[str, str]) -> Iterator[None]:
    """Within the block, the variables of `added` that were not set before."""
    new = {name: value for name, value in added.items() if name not in os.environ}
    os.environ |= new
    try:
        yield
    finally:
        for name in new:
            del os.environ[name]


def _ending(status: int) -> str:
    if status >= 0:
        return f"status {status}"
    return f"signal {-status}" + (", as of a system that is short of memory" if -status == signal.SIGKILL else "")


def _work(pipe: connection.Connection, recipe: Recipe) -> None:
    """A worker's whole life: answer batches from `pipe` until the driver is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the driver, too, which ends its workers
    threading.Thread(target=_end_with_driver, daemon=True).start()
    tune_interpreter()
    tqdm.set_lock(threading.RLock())  # its own one is between processes, and a worker that is killed leaves it behind
    lock = threading.Lock()  # a backend may spend in threads of its own
    batches, replies = SimpleQueue(), SimpleQueue()

    def receive() -> None:
        """Take what the driver sends as it comes: who sends more than a pipe holds would wait, and with it all."""
        while True:
            try:
                message = pipe.recv()
            except (EOFError, OSError):
                os._exit(0)
            except Exception as error:  # of a reply with an exception that has arguments of its own
                message = Reply(None, error)
            (replies if isinstance(message, Reply) else batches).put(message)

    def ask(call: Call) -> Any:
        with lock:
            pipe.send(call)
            value, error = replies.get()
        if error is not None:
            raise error
        return value

    threading.Thread(target=receive, daemon=True).start()
    copy = Copy(recipe, ask)
    try:
        while True:
            answer = copy.answer(batches.get())
            try:
                pipe.send(answer)
            except (AttributeError, TypeError, ValueError, PicklingError, MemoryError) as error:  # nothing was sent
                pipe.send(Failed(_picklable(error)))
    except (EOFError, OSError):
        sys.exit(0)


def _end_with_driver() -> None:
    parent_process().join()
    os._exit(1)
