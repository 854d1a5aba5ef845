"""The backend `wikipedia`: candidates looked up in a live MediaWiki, and kept where they fit the sentence (TVO 3.2)."""

from __future__ import annotations

from typing import Annotated, Literal

import pydantic

from mmner.base.requirements import Need, Wiki
from mmner.knowledge.articles import Articles
from mmner.knowledge.mediawiki import Api, Busy
from mmner.knowledge.relevance import Relevance, RelevanceParams
from mmner.rows.contract import Result

VERSION = 2


class Wikipedia:
    """Facts on each candidate, with address, page id and revision id. A batch's names share their requests."""

    class Params(RelevanceParams):
        contact: str  # a mail or web address: Wikipedia asks every program for one
        host: str = "en.wikipedia.org"
        path: str = "/w/"  # where api.php is
        scheme: Literal["https", "http"] = "https"
        as_of: str = ""  # what was asked under another as_of is asked anew
        search: bool = True  # for names that are no title: a request each
        maxlag: Annotated[int, pydantic.Field(ge=1)] = 5  # seconds of lag from which the server may put us off
        retries: Annotated[int, pydantic.Field(ge=0)] = 5
        wait: Annotated[float, pydantic.Field(ge=0)] = 1.0  # seconds before the first retry, doubled for each further

        @pydantic.field_validator("contact")
        @classmethod
        def _reachable(cls, contact: str) -> str:
            if "@" not in contact and "://" not in contact:
                raise ValueError("a mail address or a web address, so that the site's people can reach you")
            return contact

        def needs(self) -> tuple[Need, ...]:
            return (*super().needs(), Wiki(f"{self.scheme}://{self.host}{self.path}", self.contact))

    uses = ("sentence", "candidates")
    reads_image = False

    def __init__(self, params: Params):
        self.params, self.batch_size = params, params.batch_size
        self.api = Api(
            params.host, params.path, params.scheme, params.contact, params.maxlag, params.retries, params.wait
        )
        self.articles = Articles(self.api, params.as_of, params.search, params.max_meanings, params.max_sentences)
        self.relevance = Relevance(params)

    @property
    def requests(self) -> int:
        """Made so far, to be reported by the stage."""
        return self.api.requests

    def identity(self) -> dict:
        site = {"site": self.params.host + self.params.path, "as_of": self.params.as_of, "search": self.params.search}
        return {"backend": "wikipedia", "version": VERSION, **site, **self.relevance.identity()}

    def __call__(self, items: list[dict]) -> list[Result]:
        names = list(dict.fromkeys(name for item in items for name in item["candidates"]))
        try:
            pages = self.articles.find(names, self.params.max_results)
        except Busy as error:
            failed = Result(None, f"encyclopedia busy: {error}", transient=True)
            return [failed if item["candidates"] else Result({"facts": []}) for item in items]
        found = [{name: pages[name] for name in item["candidates"]} for item in items]
        return self.relevance.results(items, found)
