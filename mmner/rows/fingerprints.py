"""What a row was computed from, as a digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from mmner.rows.contract import Backend


class Fingerprints:
    """item -> hex digest of everything that its row of `stage` is computed from: the stage, who `backend` is, and the
    fields of the item that it uses."""

    def __init__(self, stage: str, backend: Backend):
        self._begun = hashlib.sha256(_bytes(f'["{stage}", {_json(backend.identity())}, '))
        self._uses = tuple(backend.uses)

    def __call__(self, item: dict) -> str:
        digest = self._begun.copy()
        digest.update(_bytes(_json({name: item[name] for name in self._uses}) + "]"))
        return digest.hexdigest()


def fingerprint(stage: str, backend: Backend, item: dict) -> str:
    """The fingerprint of one row; `Fingerprints` is quicker about many."""
    return Fingerprints(stage, backend)(item)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _encoder() -> Callable[[Any], str]:
    """What json.dumps(..., sort_keys=True, ensure_ascii=False, default=str) does, the encoder made once for all."""
    plain = json.JSONEncoder(sort_keys=True, ensure_ascii=False, default=str)
    separators = plain.key_separator, plain.item_separator
    try:
        make = json.encoder.c_make_encoder  # what plain.encode makes anew at each call; no public name
        parts = make(None, str, json.encoder.encode_basestring, None, *separators, plain.sort_keys, False, True)
    except (AttributeError, TypeError):  # a Python without it, or with another
        return plain.encode
    return lambda value: "".join(parts(value, 0))


_json = _encoder()
