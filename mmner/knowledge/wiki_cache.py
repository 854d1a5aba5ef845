"""What a wiki has said, remembered so that it isn't asked again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from mmner.rows.contract import Memo


class WikiCache:
    """Answers by kind and name, for one wiki at `address`, as it was `as_of`: another one asks everything anew."""

    def __init__(self, memo: Memo, address: str, as_of: str):
        self._memo, self.address, self.as_of = memo, address, as_of
        self._known: dict[str, dict] = {}

    def preload(self, kind: str, names: Iterable[str]) -> None:
        """Take over what the memo knows of `names`."""
        new = {key for name in names if (key := self._key(kind, name)) not in self._known}
        self._known |= self._memo.get(sorted(new))

    def missing(self, kind: str, names: Iterable[str]) -> list[str]:
        """Those of `names`, sorted and each once, of which nothing is known, after `preload`."""
        names = set(names)
        self.preload(kind, names)
        return sorted(name for name in names if not self.has(kind, name))

    def has(self, kind: str, name: str) -> bool:
        """Whether it was taken over (see `preload`) or put here."""
        return self._key(kind, name) in self._known

    def get(self, kind: str, name: str) -> dict:
        return self._known[self._key(kind, name)]

    def put(self, kind: str, name: str, value: dict) -> None:
        self._known[self._key(kind, name)] = value
        self._memo.put({self._key(kind, name): value})

    def _key(self, kind: str, name: str) -> str:
        about = f"{self.address}\n{self.as_of}\n{kind}\n{name}"
        return "wiki 2 " + hashlib.sha256(about.encode("utf-8", "surrogatepass")).hexdigest()
