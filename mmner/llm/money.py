"""What requests cost, and the limit that is never passed."""

from __future__ import annotations

from mmner.llm.params import Llm
from mmner.llm.talk import Request

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
