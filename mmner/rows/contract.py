"""What a stage and its backend owe each other. An author of a backend needs this page alone.

    class Shout(Backend):
        class Params(BaseParams):
            batch_size: int = 16

        uses = ("sentence",)

        def identity(self) -> dict:
            return {"backend": "shout", "version": 1}

        def __call__(self, items: list[Item]) -> list[Result]:
            return [Result({"caption": item["sentence"].upper()}) for item in items]

`mmner/rows/stages.py` says which items a stage makes, and names its backends.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, TypedDict

from mmner.base.params import Count
from mmner.base.params import Params as BaseParams

NO_IMAGE = "no image"  # a post without an image is no failure: `max_failed` does not count it
LEFT_OUT = "left out"  # nor is a row of a stage that the preparation leaves out (backend `none`)
NOT_FOUND = "no image found"  # nor is a wiki's answer that it has none
NO_FAILURE = (NO_IMAGE, LEFT_OUT, NOT_FOUND)


class Item(TypedDict, total=False):
    """One example, as a backend gets it. Nobody writes into it: who adds a field makes another one.

    index: 0-based, within the split. sentence: the tokens as their language writes them. image_path: null where there
    is no image, or where the stage reads none. skip: why there is nothing to do; such an item never reaches a backend.
    """

    id: str
    split: str
    tokens: list[str]
    domain: str
    language: str
    image: str | None
    image_sha256: str | None
    index: int
    sentence: str
    domain_cue: str | None  # of the corpus; captions
    image_path: str | None
    skip: str | None
    tags: list[str]  # gold; candidates and tag, where the backend says reads_gold
    shots: list[dict]  # tag: {text, entities} of posts of train, as the backend's `prepare` draws them
    answer: dict  # tag: {tags, unplaced} that somebody made, as the backend's `prepare` finds it
    tagger: str  # candidates: which tagger the row needs, as the backend's `prepare` says
    candidates: list[str]  # knowledge, images: names of candidates
    caption: str | None  # expressions, chains
    spans: list[dict]  # chains: {start, end, text} of candidates
    facts: list[dict]  # chains: {candidate, title, summary, kept} of the facts that were kept
    labels: dict[str, str]  # chains: label -> definition
    expressions: list[str] | None  # regions
    boxes: list[dict]  # features: {x0, y0, x1, y1}, in 0..1 of width and height


@dataclass
class Result:
    """One row's answer. `value`: the artifact's columns but id and error, JSON-able but for vectors, which are float32
    arrays (d,). `error`: why there is none.

    `transient`: the failure may pass (503, time-out); such a row is never stored and stops the stage at its end.
    `later`: not asked, since a limit of the user's was reached; such a row is never stored either, and stops nothing.
    `tokens`: used by an LLM, in and out. `money`: in the currency of the prices in params.yaml. Both count the answers
    that no row has booked before; a row made of remembered answers costs nothing.
    `booked`: keys of the marks with these costs; they go when the row is stored.
    `remembered`: made of such answers alone; counted as reused.
    `asked`: keys of the marks with the answers at which the row failed; `python -m mmner retry` forgets them with it.
    """

    value: dict[str, Any] | None
    error: str | None = None
    transient: bool = False
    later: bool = False
    tokens: int = 0
    money: float = 0.0
    booked: tuple[str, ...] = ()
    remembered: bool = False
    asked: tuple[str, ...] = ()


class Memo(Protocol):
    """What a backend may remember between runs: JSON-able dicts by key. The row store is one.

    folder: where files may lie that are too large for it; None: nowhere.
    """

    folder: Path | None

    def get(self, keys: Iterable[str]) -> dict[str, dict]:
        """Those of `keys` that are known, with their values."""

    def put(self, values: dict[str, dict]) -> None:
        """Remember `values`; what is known already stays as it is."""

    def forget(self, keys: Iterable[str]) -> None:
        """Let go of `keys`: what is then put under them is remembered. mmner/rows/memo.py calls it."""


class LocalMemo:
    """A Memo that lasts as long as the object."""

    folder: Path | None = None

    def __init__(self) -> None:
        self._values: dict[str, dict] = {}

    def get(self, keys: Iterable[str]) -> dict[str, dict]:
        return {key: self._values[key] for key in keys if key in self._values}

    def put(self, values: dict[str, dict]) -> None:
        self._values = values | self._values

    def forget(self, keys: Iterable[str]) -> None:
        self._values = {key: value for key, value in self._values.items() if key not in set(keys)}


class Budget:
    """What one run of a stage may still spend, by kind: money, requests, bytes. A kind without a limit is free.

    Amounts are reserved before they are spent, so that no limit is passed whatever the answer costs. Thread-safe.
    within: another budget, perhaps shared with other stages, that has to allow each amount, too.
    """

    def __init__(self, limits: Mapping[str, float | None]):
        self.left = {kind: limit for kind, limit in limits.items() if limit is not None}
        self.within: Budget | None = None
        self._lock = threading.Lock()

    def reserve(self, kind: str, amount: float) -> bool:
        """Take `amount`; False, and nothing taken, where less is left."""
        with self._lock:
            if amount > self.left.get(kind, amount):
                return False
            if self.within is not None and not self.within.reserve(kind, amount):
                return False
            if kind in self.left:
                self.left[kind] -= amount
            return True

    def settle(self, kind: str, reserved: float, spent: float) -> None:
        """Of `reserved`, `spent` was needed."""
        if self.within is not None:
            self.within.settle(kind, reserved, spent)
        with self._lock:
            if kind in self.left:
                self.left[kind] += reserved - spent

    def exhaust(self, kind: str) -> None:
        """Nothing is left: what was wanted is more than the rest."""
        with self._lock:
            self.left[kind] = 0


class Backend:
    """One interchangeable engine behind a stage: built from its Params, called on a batch of items.

    No global state, and no store of its own: the same class works for single posts and in another process.

    uses: item fields that an answer depends on; they make the row's fingerprint. batch_size: items a call.
    reads_image: items without a readable image are skipped. reads_gold: items have `tags`.
    whole: the corpus is computed at once, in the order of `order`, and not chunk by chunk.
    answers_new: whether it can answer about a post that nobody knew before; rows that somebody made can't.
    environment: the interpreter beside the main one that its packages need (mmner/base/interpreter.py).
    parallel: whether copies of it in several processes (mmner/rows/pool.py) may answer side by side: any `rows`,
    each `group` by one of them, or `none`. A copy is built from class and params; memo and budget are those of all.
    requests: how many a server was asked, for the stage's last line.
    memo, budget: from outside; without them it remembers for its own life, and spends what its params allow.
    """

    class Params(BaseParams):
        batch_size: Count = 16

    params: Any  # of its own class Params
    uses: Sequence[str] = ()
    batch_size: int = 16
    reads_image: bool = False
    reads_gold: bool = False
    whole: bool = False
    answers_new: bool = True
    environment: str | None = None
    parallel: Literal["rows", "group", "none"] = "rows"

    def __init__(self, params: BaseParams, memo: Memo | None = None, budget: Budget | None = None):
        self.params = params
        self.memo = LocalMemo() if memo is None else memo
        self.budget = Budget(params.limits()) if budget is None else budget
        self.batch_size = params.model_dump().get("batch_size", self.batch_size)

    def identity(self) -> dict:
        """What else the answer depends on: name, version, weights, params, prompt; JSON-able. No network is loaded."""
        raise NotImplementedError

    def __call__(self, items: list[Item]) -> list[Result]:
        """One Result an item, in order."""
        raise NotImplementedError

    def prepare(self, items: Sequence[Item]) -> Sequence[Item]:
        """All items of a corpus, with the fields that only the whole of it tells. Called where `whole` is true."""
        return items

    def prepare_new(self, items: Sequence[Item]) -> Sequence[Item]:
        """Items of posts that belong to no corpus, with the fields that `prepare` gives those of one.

        `prepare` was called with a corpus's items before, or `restore` with what came of them.
        """
        return items

    def save(self, folder: Path) -> dict:
        """What a copy of this backend elsewhere needs beside its params: files in `folder`, the rest as JSON."""
        return {}

    def restore(self, folder: Path, saved: dict) -> None:
        """Take over what `save` wrote to `folder` and returned."""

    def prepared(self) -> Any:
        """What `prepare` has found out, picklable: a copy of this backend in another process takes it over."""
        return None

    def take_over(self, prepared: Any) -> None:
        """Be as after `prepare`, of which `prepared` came."""

    def order(self, item: Item) -> Any:
        """A sort key: batches are made of items in its order, for an engine that is quicker on items of a kind."""
        return 0

    def group(self, item: Item) -> Hashable:
        """Items of one group go to one worker, where `parallel` is `group`; `order` brings them together."""
        return None

    def remembered(self, items: list[Item]) -> list[bool]:
        """For each item, whether the memo answers it: nothing new would be asked."""
        return [False] * len(items)

    @property
    def requests(self) -> int:
        return 0
