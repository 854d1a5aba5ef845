"""The backend `wikipedia`: candidates looked up in a live MediaWiki, and kept where they fit the sentence (TVO 3.2)."""

from __future__ import annotations

from typing import Literal

import pydantic

from mmner.base.params import Count, Natural, Seconds
from mmner.base.requirements import Requirement, Wiki
from mmner.knowledge.mediawiki_api import Api, Unavailable
from mmner.knowledge.relevance import RelevanceFilter, RelevanceParams
from mmner.knowledge.wiki_cache import WikiCache
from mmner.knowledge.wiki_lookup import WikiLookup
from mmner.rows.contract import Backend, Budget, Item, Memo, Result

VERSION = 4


class Wikipedia(Backend):
    """Facts on each candidate, with address, page id and revision id. The names of a call share requests."""

    class Params(RelevanceParams):
        contact: str  # a mail or web address: Wikipedia asks every program for one
        host: str = "en.wikipedia.org"
        path: str = "/w/"  # where api.php is
        scheme: Literal["https", "http"] = "https"
        as_of: str = ""  # what was asked under another as_of is asked anew
        search: bool = True  # for names that are no title: a request each
        maxlag: Count = 5  # seconds of lag from which the server may put us off
        retries: Natural = 5
        wait: Seconds = 1.0  # seconds before the first retry, doubled for each further

        @pydantic.field_validator("contact")
        @classmethod
        def _is_address(cls, contact: str) -> str:
            if "@" not in contact and "://" not in contact:
                raise ValueError("a mail address or a web address, so that the site's people can reach you")
            if not contact.isprintable():  # half a surrogate pair among them
                raise ValueError("letters and signs alone: it goes into a header of each request")
            return contact

        def requirements(self) -> tuple[Requirement, ...]:
            return (*super().requirements(), Wiki(f"{self.scheme}://{self.host}{self.path}", self.contact))

    uses = ("sentence", "candidates")
    parallel = "none"  # a wiki is asked by one client, with manners

    def __init__(self, params: Params, memo: Memo | None = None, budget: Budget | None = None):
        super().__init__(params, memo, budget)
        self.api = Api(
            params.host, params.path, params.scheme, params.contact, params.maxlag, params.retries, params.wait
        )
        cache = WikiCache(self.memo, self.api.address, params.as_of)
        self.lookup = WikiLookup(self.api, cache, params.search, params.max_meanings, params.max_sentences)
        self.relevance = RelevanceFilter(params)

    @property
    def requests(self) -> int:
        """The number of requests so far, for the stage's report."""
        return self.api.requests

    def identity(self) -> dict:
        site = {"site": self.params.host + self.params.path, "as_of": self.params.as_of, "search": self.params.search}
        return {"backend": "wikipedia", "version": VERSION, **site, **self.relevance.identity(self.memo)}

    def __call__(self, items: list[Item]) -> list[Result]:
        names = list(dict.fromkeys(name for item in items for name in item["candidates"]))
        try:
            pages = self.lookup.find(names, self.params.max_results)
        except Unavailable as error:
            failed = Result(None, f"encyclopedia busy: {error}", transient=True)
            return [failed if item["candidates"] else Result({"facts": []}) for item in items]
        pages_of = [{name: pages[name] for name in item["candidates"]} for item in items]
        return self.relevance.results(items, pages_of)
