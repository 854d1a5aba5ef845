"""The backend `none`: a stage that a preparation leaves out; every row stays, without a value."""

from __future__ import annotations

from mmner.base.params import Params as BaseParams
from mmner.rows.contract import LEFT_OUT, Result


class Nothing:
    """No value for any row. Ablations use it: `knowledge: none` in a preparation is TVO's "w/o O-T"."""

    class Params(BaseParams):
        pass

    uses: tuple[str, ...] = ()
    reads_image = False
    batch_size = 4096

    def __init__(self, params: Params):
        pass

    def identity(self) -> dict:
        return {"backend": "none"}

    def __call__(self, items: list[dict]) -> list[Result]:
        return [Result(None, LEFT_OUT) for _ in items]
