"""Whether a server has ever taken a request of a variant: from then on, a rejection concerns its row alone."""

from __future__ import annotations

import hashlib
import json

from mmner.llm.params import LlmParams
from mmner.rows.contract import Memo


def served_mark(params: LlmParams) -> dict[str, dict]:
    """What the memo holds once the server of `params` has taken a request made by them: one mark."""
    made_by = json.dumps([params.base_url, params.identity()], sort_keys=True)
    return {f"llm-served:{hashlib.sha256(made_by.encode()).hexdigest()}": {}}


def was_served(params: LlmParams, memo: Memo) -> bool:
    return bool(memo.get(served_mark(params)))
