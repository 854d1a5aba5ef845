"""What every backend that asks a language model shares: a conversation an item, and who carries them out."""

from __future__ import annotations

from mmner.llm.conversation import Turns
from mmner.llm.params import LlmParams
from mmner.llm.scheduler import RequestScheduler, rows_per_call
from mmner.rows.contract import Backend, Budget, Item, Memo, Result


class LlmBackend(Backend):
    """Holds one conversation for each item; a subclass says which in `_conversation`."""

    parallel = "none"  # the scheduler has requests of its own side by side, within one budget

    def __init__(self, params: LlmParams, memo: Memo | None = None, budget: Budget | None = None):
        super().__init__(params, memo, budget)
        self.batch_size = rows_per_call(params)
        self._scheduler = RequestScheduler(params, self.memo, self.budget)

    def __call__(self, items: list[Item]) -> list[Result]:
        return self._scheduler(self._conversation(item) for item in items)

    def remembered(self, items: list[Item]) -> list[bool]:
        return self._scheduler.remembered(self._conversation(item) for item in items)

    def _conversation(self, item: Item) -> Turns:
        raise NotImplementedError
