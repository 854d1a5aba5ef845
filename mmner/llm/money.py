"""The costs of requests, the spending limit, and the booking of each answer's cost to one row.

An answer is stored together with a mark of its cost, `unbooked:<key>`. The first row that is made of the answer books
that cost, and the mark is deleted in the transaction that stores the row. So a row costs nothing whose answers are all
booked by other rows; and an answer that was paid for just before a kill keeps its cost until a row books it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from mmner.llm.conversation import Answer, Conversation, Request
from mmner.llm.params import LlmParams
from mmner.llm.read_answer import MAX_COUNT
from mmner.rows import memo as memos
from mmner.rows.contract import Budget, Memo, Result
from mmner.rows.ledger import Cost, unbooked_key

LIMIT_REACHED = "spending limit: max_money would be passed"


class Spending:
    """The money of one run of a stage.

    The most that a request can cost is reserved before it is sent, and settled when its answer has come. So `max_money`
    is passed only by pictures that a server counts above their estimate, and then by the requests on their way alone.
    """

    def __init__(self, params: LlmParams, budget: Budget):
        self.params, self.budget = params, budget

    def max_cost(self, request: Request) -> float:
        """The most that `request` can cost."""
        return self.params.price(request.token_bound(self.params), self.params.max_tokens)

    def reserve(self, request: Request) -> bool:
        """Reserve the most that `request` can cost; False, and nothing is reserved, where that passes the limit."""
        return self.budget.reserve("money", self.max_cost(request))

    def refusal(self, request: Request) -> str:
        """Why `request` was not reserved."""
        limit, most = self.params.max_money, self.max_cost(request)
        if limit is None or most <= limit:
            return LIMIT_REACHED
        return f"spending limit: one request may cost {most:.2g} money, more than {limit:g}: raise max_money"

    def settle(self, request: Request, cost: float) -> None:
        """`request`, which was reserved, has cost `cost`."""
        self.budget.settle("money", self.max_cost(request), cost)


def answer_marks(answers: dict[str, Answer]) -> dict[str, dict]:
    """The marks of new `answers` (request key -> answer): the answers themselves, and their costs, not yet booked."""
    costs = {key: {"tokens": answer.tokens, "money": answer.money} for key, answer in answers.items()}
    values = {key: vars(answer) for key, answer in answers.items()}
    return values | {unbooked_key(key): cost for key, cost in costs.items() if any(cost.values())}


def book_costs(conversations: Iterable[Conversation], memo: Memo) -> list[Result]:
    """The results of `conversations`, all at their end, with the costs of those answers that no row has booked.

    A result that will not be stored books nothing: the costs wait for a row that is stored.
    """
    conversations, booked_keys = list(conversations), set()
    keys = {unbooked_key(key) for conversation in conversations for key in conversation.answers}
    unbooked_costs = memos.read(memo, keys, Cost)
    results = []
    for conversation in conversations:
        stored = not (conversation.result.transient or conversation.result.later)
        keys = [
            unbooked_key(key)
            for key in dict.fromkeys(conversation.answers)
            if stored and unbooked_key(key) in unbooked_costs
        ]
        own_keys = tuple(key for key in keys if key not in booked_keys)
        booked_keys.update(own_keys)
        tokens, money = (
            sum(_cost(getattr(unbooked_costs[key], name)) for key in own_keys) for name in ("tokens", "money")
        )
        remembered = stored and not conversation.result.error and not own_keys and bool(conversation.answers)
        results.append(replace(conversation.result, tokens=tokens, money=money, booked=own_keys, remembered=remembered))
    return results


def _cost(amount: float) -> float:
    """`amount`, or 0 where a server's count that can't be was stored."""
    return amount if 0 <= amount <= MAX_COUNT else 0
