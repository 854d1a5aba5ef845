"""The scheduler of requests: many conversations at once with one model, within one spending limit."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from mmner.base.errors import InputError
from mmner.base.outage import Outage
from mmner.llm.batch_files import FileBatches
from mmner.llm.batches import Batches
from mmner.llm.conversation import Answer, Conversation, Turns, replay_stored
from mmner.llm.money import Spending, answer_marks, book_costs
from mmner.llm.params import LlmParams
from mmner.llm.served import served_mark, was_served
from mmner.llm.transport import OpenAiTransport, Rejection, TransientError
from mmner.rows.contract import Budget, Memo, Result

REJECTIONS = 5  # of the first requests: then it is the params that the server does not take, not these rows
ALL_ROWS = 10**9  # rows a call: a batch holds the stage


def rows_per_call(params: LlmParams) -> int:
    """The `batch_size` of a backend: so many rows that few requests are waited for at the end of a call."""
    return ALL_ROWS if params.batch else 8 * params.concurrency


class RequestScheduler:
    """Turns conversations into results. Only the caller's thread uses the memo; other threads wait for the server.

    After `2 * concurrency` failures without an answer between them the server counts as gone: for a while no more
    requests are made, and the stage ends soon.
    """

    def __init__(self, params: LlmParams, memo: Memo, budget: Budget):
        self.params, self.memo = params, memo
        self.spending = Spending(params, budget)
        self.transport = OpenAiTransport(params)
        self._failures = 0  # in a row
        self._outage = Outage()
        self._rejections, self._served = 0, False

    def __call__(self, conversations: Iterable[Turns]) -> list[Result]:
        """The results of `conversations`, in their order; failures that may pass are transient.

        Errors: InputError `missing-key`, `llm-rejects-all`; those of OpenAiTransport.fatal_error and of Batches.
        """
        if self.params.batch:
            started = [Conversation(turns) for turns in conversations]
            kind = FileBatches if self.params.batch == "file" else Batches
            kind(self.params, self.memo, self.transport, self.spending)(started)
            return book_costs(started, self.memo)
        started = []
        todo = deque(conversations)
        ready: deque[Conversation] = deque()
        in_flight: dict[str, tuple[Future, list[Conversation]]] = {}
        pool = ThreadPoolExecutor(self.params.concurrency)
        try:
            while todo or ready or in_flight:
                while (todo or ready) and len(in_flight) < self.params.concurrency:
                    if not ready:
                        ready.append(Conversation(todo.popleft()))
                        started.append(ready[-1])
                    if not self._start(ready[0], in_flight, pool):
                        break
                    ready.popleft()
                if in_flight:
                    done, _ = wait([future for future, _ in in_flight.values()], return_when=FIRST_COMPLETED)
                    for key in [key for key, (future, _) in in_flight.items() if future in done]:
                        self._finish(key, *in_flight.pop(key), ready)
        finally:  # what has been asked is paid for: its answers are kept, whatever ended the rest
            for key, (future, waiting) in in_flight.items():
                if not future.cancel():
                    self._store_answer_quietly(key, future, waiting[0])
            pool.shutdown()
        return book_costs(started, self.memo)

    def remembered(self, conversations: Iterable[Turns]) -> list[bool]:
        """For each of `conversations`, whether stored answers bring it to its end. No request is made."""
        started = [Conversation(turns) for turns in conversations]
        replay_stored(started, self.memo, self.params)
        return [conversation.request is None for conversation in started]

    def _start(self, conversation: Conversation, in_flight: dict, pool: ThreadPoolExecutor) -> bool:
        """Answer `conversation` from the memo, or send its request, or end it.

        False, and none of these, where the money is short while requests are in flight, which may give some back.
        """
        replay_stored([conversation], self.memo, self.params)
        if conversation.request is None:
            return True
        key = conversation.request.key(self.params)
        if key in in_flight:
            in_flight[key][1].append(conversation)
        elif self._outage.reason:
            conversation.end(Result(None, self._outage.reason, transient=True))
        elif not self.spending.reserve(conversation.request):
            if in_flight:
                return False
            conversation.end(Result(None, self.spending.refusal(conversation.request), transient=True))
        else:
            self.transport.client  # noqa: B018  made here: a missing key is told at once, not by every thread
            request = conversation.request
            in_flight[key] = pool.submit(lambda: self.transport.complete(request.body(self.params))), [conversation]
        return True

    def _finish(self, key: str, future: Future, waiting: list[Conversation], ready: deque) -> None:
        """Give the answer or the error of a request to the conversations that wait for it."""
        try:
            answer = self._store_answer(key, future, waiting[0])
        except TransientError as error:
            self._count_failure()
            for conversation in waiting:
                conversation.end(Result(None, str(error), transient=True))
            return
        except Rejection as error:
            self._count_rejection(error)
            answer = Answer(rejected=str(error))
        except InputError:
            raise
        except Exception as error:  # the request could not be made: an image that cannot be read
            for conversation in waiting:
                conversation.fail(error)
            ready.extend(waiting)
            return
        for conversation in waiting:
            conversation.answer(key, answer)
        ready.extendleft(waiting)  # a conversation that has begun is finished before another begins

    def _store_answer(self, key: str, future: Future, conversation: Conversation) -> Answer:
        """The answer in `future`, after it was stored and its cost settled. Errors: those of the request."""
        try:
            answer = self.transport.answer(future.result(), conversation.request)
        except TransientError as error:
            if not error.unknown:
                self.spending.settle(conversation.request, 0.0)
            raise
        except Exception:
            self.spending.settle(conversation.request, 0.0)
            raise
        self.spending.settle(conversation.request, answer.money)
        self.memo.put(answer_marks({key: answer}) | ({} if self._served else served_mark(self.params)))
        self._failures, self._served = 0, True
        self._outage.end()
        return answer

    def _store_answer_quietly(self, key: str, future: Future, conversation: Conversation) -> None:
        try:
            self._store_answer(key, future, conversation)
        except Exception:  # something worse is on its way to the user already
            return

    def _count_failure(self) -> None:
        self._failures += 1
        if self._failures >= 2 * self.params.concurrency:
            self._outage.begin(f"server: not asked, {self._failures} requests before it failed")

    def _count_rejection(self, error: Rejection) -> None:
        self._rejections += 1
        self._served = self._served or was_served(self.params, self.memo)
        if self._rejections >= REJECTIONS and not self._served:
            what = f"the first {self._rejections} requests were rejected: {error}"
            remedy = "look at constrain, max_tokens_key, temperature and extra: does this server know them?"
            raise InputError("llm-rejects-all", what, where=self.params.base_url, remedy=remedy)
