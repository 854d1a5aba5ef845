"""The backend `zim`: candidates looked up in an offline archive, and kept where they fit the sentence."""

from __future__ import annotations

from functools import cached_property
from typing import Literal

from mmner.base import requirements
from mmner.base.params import Place
from mmner.knowledge.archive import Archive
from mmner.knowledge.relevance import RelevanceFilter, RelevanceParams
from mmner.rows.contract import Backend, Budget, Item, Memo, Result

VERSION = 2


class Zim(Backend):
    """Facts on each candidate. Items: sentence, candidates (list of texts, each once)."""

    class Params(RelevanceParams):
        archive: Place  # ZIM file
        known_by: Literal["entries", "build"] = "entries"  # another archive: one with other entries, or another build

        def requirements(self) -> tuple[requirements.Requirement, ...]:
            return (*super().requirements(), requirements.ZimFile(self.archive))

    uses = ("sentence", "candidates")

    def __init__(self, params: Params, memo: Memo | None = None, budget: Budget | None = None):
        super().__init__(params, memo, budget)
        self.relevance = RelevanceFilter(params)

    @cached_property
    def archive(self) -> Archive:
        return Archive(self.params.archive, self.params.max_sentences, self.params.max_meanings)

    def identity(self) -> dict:
        if self.params.known_by == "entries":
            lacks = self.archive.lacks()  # older fingerprints know of none
            archive = {"archive": self.archive.digest(self.memo), **({"lacks": lacks} if lacks else {})}
        else:
            archive = {"archive": self.archive.build()}
        return {"backend": "zim", "version": VERSION, **archive, **self.relevance.identity(self.memo)}

    def __call__(self, items: list[Item]) -> list[Result]:
        pages_of = [
            {name: self.archive.find(name, self.params.max_results) for name in item["candidates"]} for item in items
        ]
        return self.relevance.results(items, pages_of)
