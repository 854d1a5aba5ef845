"""A cache of a wiki's answers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeVar

from mmner.rows import memo as memos
from mmner.rows.contract import Memo

Form = TypeVar("Form", bound=memos.Remembered)
KEPT = 5_000  # answers: some 20 MB


@dataclass(frozen=True)
class Kind(Generic[Form]):
    """Answers of one kind: its name, which keys have, and their form."""

    name: str
    form: type[Form]


class WikiCache:
    """Answers, by kind and name, of the wiki at `address`. `as_of`: a text; a new one starts an empty cache.

    What the memo has in another form than the kind's is no answer: it is forgotten, and asked for again.
    """

    def __init__(self, memo: Memo, address: str, as_of: str):
        self._memo, self.address, self.as_of = memo, address, as_of
        self._known: dict[str, memos.Remembered] = {}

    def preload(self, kind: Kind, names: Iterable[str]) -> None:
        """Load the memo's answers on `names`."""
        new = {key for name in names if (key := self._key(kind, name)) not in self._known}
        self._known |= memos.read(self._memo, sorted(new), kind.form)

    def forget_oldest(self) -> None:
        """Leave the answers beyond the newest KEPT to the memo. Not between a `preload` and its `get`."""
        for key in list(islice(self._known, max(len(self._known) - KEPT, 0))):
            del self._known[key]

    def missing(self, kind: Kind, names: Iterable[str]) -> list[str]:
        """Those of `names`, sorted and each once, on which there is no answer, after `preload`."""
        names = set(names)
        self.preload(kind, names)
        return sorted(name for name in names if not self.has(kind, name))

    def has(self, kind: Kind, name: str) -> bool:
        """Whether the answer was loaded by `preload` or put here."""
        return self._key(kind, name) in self._known

    def get(self, kind: Kind[Form], name: str) -> Form:
        return self._known[self._key(kind, name)]

    def put(self, kind: Kind[Form], name: str, answer: Form) -> None:
        self.preload(kind, [name])  # else the memo would keep what it has under this name, usable or not
        self._known[self._key(kind, name)] = answer
        self._memo.put({self._key(kind, name): answer.model_dump()})

    def _key(self, kind: Kind, name: str) -> str:
        text = f"{self.address}\n{self.as_of}\n{kind.name}\n{name}"
        return "wiki 2 " + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
