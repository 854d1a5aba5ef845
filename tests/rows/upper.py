"""Backends small enough to follow, items for them, and a stage that runs them."""

import numpy as np

from mmner.rows import compute
from mmner.rows.contract import Backend, Result


class Upper(Backend):
    """The caption is the sentence in capitals."""

    uses = ("sentence",)

    def __init__(self, fails=(), passes=(), dies_at=None):
        super().__init__(Backend.Params(batch_size=2))
        self.calls, self.fails, self.passes, self.dies_at = [], fails, passes, dies_at

    def identity(self):
        return {"backend": "upper", "version": 1}

    def __call__(self, items):
        if self.dies_at is not None and len(self.calls) >= self.dies_at:
            raise KeyboardInterrupt
        self.calls += [item["sentence"] for item in items]
        return [self._one(item["sentence"]) for item in items]

    def _one(self, sentence):
        if sentence in self.fails:
            return Result(None, "unreadable: " + sentence)
        if sentence in self.passes:
            return Result(None, "server: 503", transient=True)
        return Result({"caption": sentence.upper()}, tokens=3, money=0.5)


class Vectors(Upper):
    def _one(self, sentence):
        vector = np.linspace(-1, 1, 7, dtype=np.float32)
        return Result({"image": vector, "regions": [vector * 3], "patches": None})


def items(*sentences, skip=None):
    return [{"id": str(i), "sentence": text, "skip": skip} for i, text in enumerate(sentences)]


def write(out, posts, backend, store, **other):
    return compute.write("captions", out, posts, backend, {"caption": None}, store=store, **other)
