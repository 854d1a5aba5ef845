"""What requests cost, the limit that is never passed, and the booking of each answer's cost to one row.

An answer is stored together with a mark of what it cost, `unbooked:<key>`. The first row that is made of the answer
counts that cost as its own, and the mark goes in the transaction that stores the row. So a row made of answers that
another row, now or long ago, has booked costs nothing; and an answer that was paid for just before a kill keeps its
cost until a row books it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from mmner.llm.params import Llm
from mmner.llm.talk import Answer, Request, Talk
from mmner.rows.contract import Result
from mmner.rows.ledger import unbooked
from mmner.rows.store import Store

LIMIT = "spending limit: max_money would be passed"
BATCH_SHARE = 0.5  # of the price, for requests in a batch


class Purse:
    """Money of one run of a stage. A request is paid for in full before it is sent, at the most that it can cost; its
    answer gives the rest back. So `max_money` holds whatever the server answers."""

    def __init__(self, params: Llm):
        self.params = params
        self.spent = 0.0  # answers, and what requests in flight can cost

    def price(self, tokens_in: int, tokens_out: int) -> float:
        prices = self.params.prices
        share = BATCH_SHARE if self.params.batch else 1.0
        return share * (tokens_in * prices.input + tokens_out * prices.output) / 1e6

    def most(self, request: Request) -> float:
        """What `request` can cost at most."""
        return self.price(request.bound(self.params), self.params.max_tokens)

    def reserve(self, request: Request) -> bool:
        """Take the most that `request` can cost; False, and nothing taken, where that would pass the limit."""
        most = self.most(request)
        if self.params.max_money is not None and self.spent + most > self.params.max_money:
            return False
        self.spent += most
        return True

    def settle(self, request: Request, cost: float) -> None:
        """`request`, which was reserved, has cost `cost`."""
        self.spent += cost - self.most(request)


def marks(answers: dict[str, Answer]) -> dict[str, dict]:
    """What to store of `answers`, by key, that have just come: themselves, and what each has cost."""
    costs = {key: {"tokens": answer.tokens, "money": answer.money} for key, answer in answers.items()}
    kept = {key: vars(answer) for key, answer in answers.items()}
    return kept | {unbooked(key): cost for key, cost in costs.items() if any(cost.values())}


def booked(talks: Iterable[Talk], store: Store) -> list[Result]:
    """The results of `talks`, all at their end, each with the cost of those of its answers that no row has booked.

    A result that will not be stored books nothing: its answers wait for the row that is.
    """
    talks, taken = list(talks), set()
    open_ = store.get({unbooked(key) for talk in talks for key in talk.answers})
    results = []
    for talk in talks:
        stored = not (talk.result.transient or talk.result.later)
        keys = [unbooked(key) for key in dict.fromkeys(talk.answers) if stored and unbooked(key) in open_]
        mine = tuple(key for key in keys if key not in taken)
        taken.update(mine)
        tokens, money = (sum(open_[key][name] for key in mine) for name in ("tokens", "money"))
        free = stored and not talk.result.error and not mine and bool(talk.answers)
        results.append(replace(talk.result, tokens=tokens, money=money, booked=mine, remembered=free))
    return results
