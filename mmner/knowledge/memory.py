"""What a wiki has said, kept in the row store so that it isn't asked again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cached_property

from mmner.rows.store import Store


class Memory:
    """Answers by kind and name, for one wiki at `address`, as it was `as_of`: another one asks everything anew."""

    def __init__(self, address: str, as_of: str):
        self.address, self.as_of = address, as_of
        self._known: dict[str, dict] = {}

    def unknown(self, kind: str, names: Iterable[str]) -> list[str]:
        """Those of `names`, sorted, of which nothing is known; what the store knows of the others is taken over."""
        new = sorted(name for name in set(names) if self._key(kind, name) not in self._known)
        self._known |= self._store.get(self._key(kind, name) for name in new)
        return [name for name in new if not self.has(kind, name)]

    def has(self, kind: str, name: str) -> bool:
        """Whether it was taken over (see `unknown`) or put here."""
        return self._key(kind, name) in self._known

    def get(self, kind: str, name: str) -> dict:
        return self._known[self._key(kind, name)]

    def put(self, kind: str, name: str, value: dict) -> None:
        self._known[self._key(kind, name)] = value
        self._store.put({self._key(kind, name): value})

    @cached_property
    def _store(self) -> Store:
        return Store()

    def _key(self, kind: str, name: str) -> str:
        about = f"{self.address}\n{self.as_of}\n{kind}\n{name}"
        return "wiki 2 " + hashlib.sha256(about.encode("utf-8", "surrogatepass")).hexdigest()
