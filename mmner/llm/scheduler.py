"""Many conversations at once with one model: answers are kept, money is watched, a dead server is left alone."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from mmner.base.errors import InputError
from mmner.llm.batches import Batches
from mmner.llm.conversation import Answer, Conversation, Turns, replay_stored
from mmner.llm.money import LIMIT, Spending, booked, marks
from mmner.llm.params import Llm
from mmner.llm.transport import OpenAiTransport, Rejection, TransientError
from mmner.rows.contract import Budget, Memo, Result

REJECTIONS = 5  # of the first requests: then it is the params that the server does not take, not these rows
ALL = 10**9  # rows a call: a batch holds the stage


def rows_a_call(params: Llm) -> int:
    """A backend's `batch_size`: enough that requests at the end of a call wait for few others."""
    return ALL if params.batch else 8 * params.concurrency


class RequestScheduler:
    """Talks in, results out. Only its caller's thread touches the memo; threads of its own wait for the server.

    Failures in a row, `2 * concurrency` of them without an answer between, mean that the server is gone: what is
    left is not asked, and the stage ends soon.
    """

    def __init__(self, params: Llm, memo: Memo, budget: Budget):
        self.params, self.memo = params, memo
        self.spending = Spending(params, budget)
        self.transport = OpenAiTransport(params)
        self._failures = 0  # in a row
        self._rejections, self._served = 0, False

    def __call__(self, conversations: Iterable[Turns]) -> list[Result]:
        """The results of `conversations`, in their order; failures that may pass are transient.

        Errors: InputError `missing-key`, `llm-rejects-all`; those of OpenAiTransport.stops and of Batches.
        """
        if self.params.batch:
            opened = [Conversation(steps) for steps in conversations]
            Batches(self.params, self.memo, self.transport, self.spending)(opened)
            return booked(opened, self.memo)
        opened = []
        todo = deque(conversations)
        ready: deque[Conversation] = deque()
        asking: dict[str, tuple[Future, list[Conversation]]] = {}
        pool = ThreadPoolExecutor(self.params.concurrency)
        try:
            while todo or ready or asking:
                while (todo or ready) and len(asking) < self.params.concurrency:
                    if not ready:
                        ready.append(Conversation(todo.popleft()))
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
        return booked(opened, self.memo)

    def remembered(self, conversations: Iterable[Turns]) -> list[bool]:
        """For each of `conversations`, whether stored answers bring it to its end. Nothing is asked."""
        opened = [Conversation(steps) for steps in conversations]
        replay_stored(opened, self.memo, self.params)
        return [conversation.request is None for conversation in opened]

    def _open(self, conversation: Conversation, asking: dict, pool: ThreadPoolExecutor) -> None:
        """Answer `conversation` from the memo, or send its request, or end it."""
        replay_stored([conversation], self.memo, self.params)
        if conversation.request is None:
            return
        key = conversation.request.key(self.params)
        if key in asking:
            asking[key][1].append(conversation)
        elif self._failures >= 2 * self.params.concurrency:
            conversation.end(
                Result(None, f"server: not asked, {self._failures} requests before it failed", transient=True)
            )
        elif not self.spending.reserve(conversation.request):
            conversation.end(Result(None, LIMIT, transient=True))
        else:
            self.transport.client  # noqa: B018  made here: a missing key is told at once, not by every thread
            request = conversation.request
            asking[key] = pool.submit(lambda: self.transport.complete(request.body(self.params))), [conversation]

    def _close(self, key: str, future: Future, waiting: list[Conversation], ready: deque) -> None:
        """Hand what came of a request to the conversations that wait for it."""
        try:
            answer = self._keep(key, future, waiting[0])
        except TransientError as error:
            self._failures += 1
            for conversation in waiting:
                conversation.end(Result(None, str(error), transient=True))
            return
        except Rejection as error:
            self._reject(error)
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

    def _keep(self, key: str, future: Future, conversation: Conversation) -> Answer:
        """The answer that `future` brings, stored. Errors: those of the request, its reserve given back."""
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
        self.memo.put(marks({key: answer}))
        self._failures, self._served = 0, True
        return answer

    def _rescue(self, key: str, future: Future, conversation: Conversation) -> None:
        try:
            self._keep(key, future, conversation)
        except Exception:  # something worse is on its way to the user already
            return

    def _reject(self, error: Rejection) -> None:
        self._rejections += 1
        if self._rejections >= REJECTIONS and not self._served:
            what = f"the first {self._rejections} requests were rejected: {error}"
            remedy = "look at constrain, max_tokens_key, temperature and extra: does this server know them?"
            raise InputError("llm-rejects-all", what, where=self.params.base_url, remedy=remedy)
