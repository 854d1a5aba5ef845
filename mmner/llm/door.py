"""The door: many talks at once with one model; answers are kept, money is watched, a dead server is left alone."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from mmner.base.errors import InputError
from mmner.llm.batches import Batches
from mmner.llm.money import LIMIT, Purse, booked, marks
from mmner.llm.params import Llm
from mmner.llm.talk import Answer, Steps, Talk, recall
from mmner.llm.wire import Passing, Rejection, Wire
from mmner.rows.contract import Result
from mmner.rows.store import Store

REJECTIONS = 5  # of the first requests: then it is the params that the server does not take, not these rows
ALL = 10**9  # rows a call: a batch holds the stage


def rows_a_call(params: Llm) -> int:
    """A backend's `batch_size`: enough that requests at the end of a call wait for few others."""
    return ALL if params.batch else 8 * params.concurrency


class Door:
    """Talks in, results out. Only its caller's thread touches the store; threads of its own wait for the server.

    Failures in a row, `2 * concurrency` of them without an answer between, mean that the server is gone: what is
    left is not asked, and the stage ends soon.
    """

    def __init__(self, params: Llm, store: Store | None = None):
        self.params, self._store = params, store
        self.purse = Purse(params)
        self.wire = Wire(params, self.purse)
        self._failures = 0  # in a row
        self._rejections, self._served = 0, False

    @property
    def store(self) -> Store:
        if self._store is None:
            self._store = Store()
        return self._store

    def __call__(self, talks: Iterable[Steps]) -> list[Result]:
        """The results of `talks`, in their order; failures that may pass are transient.

        Errors: InputError `missing-key`, `llm-rejects-all`; those of Wire.stops and of Batches.
        """
        if self.params.batch:
            opened = [Talk(steps) for steps in talks]
            Batches(self.params, self.store, self.wire, self.purse)(opened)
            return booked(opened, self.store)
        opened = []
        todo = deque(talks)
        ready: deque[Talk] = deque()
        asking: dict[str, tuple[Future, list[Talk]]] = {}
        pool = ThreadPoolExecutor(self.params.concurrency)
        try:
            while todo or ready or asking:
                while (todo or ready) and len(asking) < self.params.concurrency:
                    if not ready:
                        ready.append(Talk(todo.popleft()))
                        opened.append(ready[-1])
                    self._open(ready.popleft(), asking, pool)
                if asking:
                    done, _ = wait([future for future, _ in asking.values()], return_when=FIRST_COMPLETED)
                    for key in [key for key, (future, _) in asking.items() if future in done]:
                        self._close(key, *asking.pop(key), ready)
        finally:  # what has been asked is paid for: its answers are kept, whatever ended the rest
            for key, (future, waiting) in asking.items():
                if not future.cancel():
                    self._rescue(key, future, waiting[0])
            pool.shutdown()
        return booked(opened, self.store)

    def remembered(self, talks: Iterable[Steps]) -> list[bool]:
        """For each of `talks`, whether stored answers bring it to its end. Nothing is asked."""
        opened = [Talk(steps) for steps in talks]
        recall(opened, self.store, self.params)
        return [talk.request is None for talk in opened]

    def _open(self, talk: Talk, asking: dict, pool: ThreadPoolExecutor) -> None:
        """Answer `talk` from the store, or send its request, or end it."""
        recall([talk], self.store, self.params)
        if talk.request is None:
            return
        key = talk.request.key(self.params)
        if key in asking:
            asking[key][1].append(talk)
        elif self._failures >= 2 * self.params.concurrency:
            talk.end(Result(None, f"server: not asked, {self._failures} requests before it failed", transient=True))
        elif not self.purse.reserve(talk.request):
            talk.end(Result(None, LIMIT, transient=True))
        else:
            self.wire.client  # noqa: B018  made here: a missing key is told at once, not by every thread
            request = talk.request
            asking[key] = pool.submit(lambda: self.wire.complete(request.body(self.params))), [talk]

    def _close(self, key: str, future: Future, waiting: list[Talk], ready: deque) -> None:
        """Hand what came of a request to the talks that wait for it."""
        try:
            answer = self._keep(key, future, waiting[0])
        except Passing as error:
            self._failures += 1
            for talk in waiting:
                talk.end(Result(None, str(error), transient=True))
            return
        except Rejection as error:
            self._reject(error)
            answer = Answer(rejected=str(error))
        except InputError:
            raise
        except Exception as error:  # the request could not be made: an image that cannot be read
            for talk in waiting:
                talk.fail(error)
            ready.extend(waiting)
            return
        for talk in waiting:
            talk.answer(key, answer)
        ready.extendleft(waiting)  # a talk that has begun is finished before another begins

    def _keep(self, key: str, future: Future, talk: Talk) -> Answer:
        """The answer that `future` brings, stored. Errors: those of the request, its reserve given back."""
        try:
            answer = self.wire.answer(future.result(), talk.request)
        except Passing as error:
            if not error.unknown:
                self.purse.settle(talk.request, 0.0)
            raise
        except Exception:
            self.purse.settle(talk.request, 0.0)
            raise
        self.purse.settle(talk.request, answer.money)
        self.store.put(marks({key: answer}))
        self._failures, self._served = 0, True
        return answer

    def _rescue(self, key: str, future: Future, talk: Talk) -> None:
        try:
            self._keep(key, future, talk)
        except Exception:  # something worse is on its way to the user already
            return

    def _reject(self, error: Rejection) -> None:
        self._rejections += 1
        if self._rejections >= REJECTIONS and not self._served:
            what = f"the first {self._rejections} requests were rejected: {error}"
            remedy = "look at constrain, max_tokens_key, temperature and extra: does this server know them?"
            raise InputError("llm-rejects-all", what, where=self.params.base_url, remedy=remedy)
