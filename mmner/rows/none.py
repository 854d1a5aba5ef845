"""The backend `none`: a stage that a preparation leaves out; every row stays, without a value."""

from __future__ import annotations

from mmner.base.params import Params as BaseParams
from mmner.rows.contract import LEFT_OUT, Backend, Item, Result


class NoneBackend(Backend):
    """No value for any row. Ablations use it: `knowledge: none` in a preparation is TVO's "w/o O-T"."""

    class Params(BaseParams):
        pass

    batch_size = 4096
    parallel = "none"  # to start a process takes longer

    def identity(self) -> dict:
        return {"backend": "none"}

    def __call__(self, items: list[Item]) -> list[Result]:
        return [Result(None, LEFT_OUT) for _ in items]
