"""Values of rows as the store keeps them: JSON, and the bytes of their vectors beside it."""

from __future__ import annotations

import json

import numpy as np


def pack(value: dict | None) -> tuple[str | None, bytes | None]:
    """`value` as JSON, and the bytes of its arrays."""
    if value is None:
        return None, None
    parts: list[bytes] = []
    length = 0

    def array(vector: np.ndarray) -> dict:
        nonlocal length
        parts.append(np.ascontiguousarray(vector, "<f4").tobytes())
        first, length = length, length + vector.size
        return {"float32": [first, vector.size]}

    text = json.dumps(value, ensure_ascii=False, default=array)
    return text, b"".join(parts) if parts else None


_PLAIN = json.JSONDecoder()


class Unpacker:
    """A value again from what `pack` made of it: the decoder meets each place of an array as it closes its object."""

    def __init__(self):
        self._numbers = np.empty(0, "<f4")
        self._decoder = json.JSONDecoder(object_hook=self._filled)

    def __call__(self, text: str | None, vectors: bytes | None) -> dict | None:
        if text is None or vectors is None:
            return None if text is None else _PLAIN.raw_decode(text)[0]
        self._numbers = np.frombuffer(vectors, "<f4")
        return self._decoder.raw_decode(text)[0]

    def _filled(self, parsed: dict) -> dict | np.ndarray:
        if len(parsed) == 1 and "float32" in parsed:
            first, count = parsed["float32"]
            return self._numbers[first : first + count]
        return parsed
