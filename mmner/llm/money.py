"""What requests cost, the limit that is never passed, and the booking of each answer's cost to one row.

An answer is stored together with a mark of what it cost, `unbooked:<key>`. The first row that is made of the answer
counts that cost as its own, and the mark goes in the transaction that stores the row. So a row made of answers that
another row, now or long ago, has booked costs nothing; and an answer that was paid for just before a kill keeps its
cost until a row books it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from mmner.llm.conversation import Answer, Conversation, Request
from mmner.llm.params import Llm
from mmner.rows.contract import Budget, Memo, Result
from mmner.rows.ledger import unbooked_key

LIMIT = "spending limit: max_money would be passed"


class Spending:
    """Money of one run of a stage. A request is paid for in full before it is sent, at the most that it can cost; its
    answer gives the rest back. So `max_money` holds whatever the server answers."""

    def __init__(self, params: Llm, budget: Budget):
        self.params, self.budget = params, budget

    def most(self, request: Request) -> float:
        """What `request` can cost at most."""
        return self.params.price(request.bound(self.params), self.params.max_tokens)

    def reserve(self, request: Request) -> bool:
        """Take the most that `request` can cost; False, and nothing taken, where that would pass the limit."""
        return self.budget.reserve("money", self.most(request))

    def settle(self, request: Request, cost: float) -> None:
        """`request`, which was reserved, has cost `cost`."""
        self.budget.settle("money", self.most(request), cost)


def marks(answers: dict[str, Answer]) -> dict[str, dict]:
    """What to store of `answers`, by key, that have just come: themselves, and what each has cost."""
    costs = {key: {"tokens": answer.tokens, "money": answer.money} for key, answer in answers.items()}
    kept = {key: vars(answer) for key, answer in answers.items()}
    return kept | {unbooked_key(key): cost for key, cost in costs.items() if any(cost.values())}


def booked(conversations: Iterable[Conversation], memo: Memo) -> list[Result]:
    """The results of `conversations`, all at their end, with the costs of their answers that no row has booked.

    A result that will not be stored books nothing: its answers wait for the row that is.
    """
    conversations, taken = list(conversations), set()
    open_ = memo.get({unbooked_key(key) for conversation in conversations for key in conversation.answers})
    results = []
    for conversation in conversations:
        stored = not (conversation.result.transient or conversation.result.later)
        keys = [
            unbooked_key(key) for key in dict.fromkeys(conversation.answers) if stored and unbooked_key(key) in open_
        ]
        mine = tuple(key for key in keys if key not in taken)
        taken.update(mine)
        tokens, money = (sum(open_[key][name] for key in mine) for name in ("tokens", "money"))
        free = stored and not conversation.result.error and not mine and bool(conversation.answers)
        results.append(replace(conversation.result, tokens=tokens, money=money, booked=mine, remembered=free))
    return results
