"""Predictions that another system wrote to files, CoNLL or JSON Lines, as `python -m mmner score` reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pydantic

from mmner.base.errors import InputError
from mmner.base.params import Params as BaseParams
from mmner.base.params import Place
from mmner.base.requirements import PrecomputedFile, Requirement
from mmner.ner.schemes import SCHEMES
from mmner.rows.contract import Backend, Item, Result
from mmner.tag import answers, matching
from mmner.tag.matching import Post

NO_ANSWER = "no answer"


@dataclass(frozen=True)
class _Inventory:
    label_names: dict[str, str]
    labels: tuple[str, ...]

    @property
    def names(self) -> frozenset[str]:
        return frozenset({*self.labels, *self.label_names})


@dataclass(frozen=True)
class _Posts:
    split: str
    corpus: _Inventory
    posts: list[Post] = field(default_factory=list)


class Tags(Backend):
    """What the files say of each post, matched by id, or by order where they have none, and put on our tokens.

    An entity that our tokens can't show, or that overlaps a longer one, counts as predicted, and as wrong.
    """

    class Params(BaseParams):
        """`files`: split -> its file; the stage counts it from the corpus's folder."""

        files: dict[Literal["dev", "test"], Place] = pydantic.Field(min_length=1)
        scheme: Literal[SCHEMES] | None = None  # of the files' tags; null: as they look
        missing: Literal["error", "empty"] = "error"  # what a post without an answer is
        label_names: dict[str, str] = {}  # what the files call a label -> the label; O leaves its entities out

        def requirements(self) -> tuple[Requirement, ...]:
            return tuple(map(PrecomputedFile, self.files.values()))

    uses = ("answer",)
    whole = True  # posts are matched split by split
    answers_new = False
    batch_size = 4096

    def identity(self) -> dict:
        return {"backend": "precomputed", "version": 1}  # what the files say of a post is in its item

    def prepare(self, items: Sequence[Item]) -> list[Item]:
        """Those of `items` whose split has a file, with the field `answer`.

        Errors: InputError of mmner.tag.answers and mmner.tag.matching.
        """
        found: dict[str, dict] = {}
        for split, file in self.params.files.items():
            of_split = [item for item in items if item["split"] == split]
            if not of_split:
                remedy = f"take files.{split} out, or name the split in the corpus's splits"
                raise InputError("no-split", f"no post of {split}", where=file, remedy=remedy)
            found |= self._matched(split, file, of_split)
        return [item | {"answer": found[item["id"]]} for item in items if item["id"] in found]

    def __call__(self, items: list[Item]) -> list[Result]:
        found = [item["answer"] for item in items]
        return [Result(None, NO_ANSWER) if answer["tags"] is None else Result(answer) for answer in found]

    def _matched(self, split: str, file: str, items: Sequence[Item]) -> dict[str, dict]:
        inventory = _Inventory(self.params.label_names, tuple(items[0]["labels"]))
        posts = [Post(item["id"], item["tokens"], [], item["sentence"]) for item in items]
        system = answers.read(Path(file), sorted(inventory.names), self.params.scheme)
        matched = matching.match(system, _Posts(split, inventory, posts), self.params.missing)
        rows = zip(items, matched.answered, matched.predicted, matched.extra, strict=True)
        return {
            item["id"]: {"tags": tags if answered else None, "unplaced": extra} for item, answered, tags, extra in rows
        }
