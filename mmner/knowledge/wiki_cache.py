"""A cache of a wiki's answers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from mmner.rows.contract import Memo


class WikiCache:
    """Answers, by kind and name, of the wiki at `address`. `as_of`: a text; a new one starts an empty cache."""

    def __init__(self, memo: Memo, address: str, as_of: str):
        self._memo, self.address, self.as_of = memo, address, as_of
        self._known: dict[str, dict] = {}

    def preload(self, kind: str, names: Iterable[str]) -> None:
        """Load the memo's answers on `names`."""
        new = {key for name in names if (key := self._key(kind, name)) not in self._known}
        self._known |= self._memo.get(sorted(new))

    def missing(self, kind: str, names: Iterable[str]) -> list[str]:
        """Those of `names`, sorted and each once, on which there is no answer, after `preload`."""
        names = set(names)
        self.preload(kind, names)
        return sorted(name for name in names if not self.has(kind, name))

    def has(self, kind: str, name: str) -> bool:
        """Whether the answer was loaded by `preload` or put here."""
        return self._key(kind, name) in self._known

    def get(self, kind: str, name: str) -> dict:
        return self._known[self._key(kind, name)]

    def put(self, kind: str, name: str, value: dict) -> None:
        self._known[self._key(kind, name)] = value
        self._memo.put({self._key(kind, name): value})

    def _key(self, kind: str, name: str) -> str:
        text = f"{self.address}\n{self.as_of}\n{kind}\n{name}"
        return "wiki 2 " + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
