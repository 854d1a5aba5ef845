"""The backend `mediawiki`: the page image of a candidate's article, else an image found by a search among files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated
from urllib.parse import urlsplit

import pydantic

from mmner.base.errors import InputError
from mmner.base.params import Count, Large, Natural, Size
from mmner.images.image_store import ImageStore
from mmner.images.wiki_files import WikiFile, WikiFiles
from mmner.knowledge.mediawiki_api import Api, BudgetExceeded, Unavailable
from mmner.knowledge.relevance import RelevanceFilter
from mmner.knowledge.wiki_cache import Kind, WikiCache
from mmner.knowledge.wiki_lookup import WikiLookup
from mmner.knowledge.wikipedia import Wikipedia
from mmner.ner import letters
from mmner.rows.contract import NOT_FOUND, Backend, Budget, Item, Memo, Result
from mmner.rows.memo import Remembered

VERSION = 3


class _Downloaded(Remembered):
    name: str | None  # in the image store; None where there is no image that can be had


DOWNLOADED = Kind("image 3", _Downloaded)
BEFORE = Kind("image", _Downloaded)  # by versions that took a photograph of several views (MPO) for none


class Mediawiki(Backend):
    """One image a sentence: the first readable one of

    1. the page images of the candidates' relevant articles, the surest candidate's first;
    2. the hits of a search among files for each candidate;
    3. the hits of a search for words of the sentence.

    Requests keep the same rules as those of `knowledge`'s backend `wikipedia`.
    """

    class Params(Wikipedia.Params):
        files: str = "https://commons.wikimedia.org/w/"  # where the api.php of the wiki is whose files are searched
        width: Annotated[Size, pydantic.Field(ge=16)]  # pixels; the wiki scales wider images down to it
        max_candidates: Count  # of a sentence, the surest first
        max_words: Natural  # the longest of the sentence; 0: it is not searched for
        max_hits: Count  # files of a search
        max_pixels: Large  # width x height of the largest image that is opened
        max_requests: Count  # of one run of the stage
        max_bytes: Large  # of images, downloaded by one run of the stage

        @pydantic.field_validator("files")
        @classmethod
        def _address(cls, files: str) -> str:
            parts = urlsplit(files)
            if parts.scheme not in ("http", "https") or not parts.netloc or not parts.path.endswith("/"):
                raise ValueError("a web address that ends in /, such as https://commons.wikimedia.org/w/")
            return files

        def limits(self) -> dict[str, float | None]:
            return {"requests": self.max_requests, "bytes": self.max_bytes}

    uses = ("sentence", "candidates")
    parallel = "none"  # a wiki is asked by one client, with manners

    def __init__(self, params: Params, memo: Memo | None = None, budget: Budget | None = None):
        super().__init__(params, memo, budget)
        client_options = (params.contact, params.maxlag, params.retries, params.wait, self.budget)
        address = urlsplit(params.files)
        self._wiki = Api(params.host, params.path, params.scheme, *client_options)
        self._commons = Api(address.netloc, address.path, address.scheme, *client_options)
        cache, commons_cache = (WikiCache(self.memo, api.address, params.as_of) for api in (self._wiki, self._commons))
        self._lookup = WikiLookup(self._wiki, cache, params.search, params.max_meanings, params.max_sentences)
        self._page_images = WikiFiles(self._wiki, cache, params.width)
        self._found_files = WikiFiles(self._commons, commons_cache, params.width)
        self._relevance = RelevanceFilter(params)
        self._downloads = WikiCache(self.memo, "image files", params.as_of)
        self._caches = (cache, commons_cache, self._downloads)
        self.image_store = ImageStore(self.memo.folder, params.max_pixels)

    @property
    def requests(self) -> int:
        """The number of requests so far, downloads included, for the stage's report."""
        return self._wiki.requests + self._commons.requests

    def identity(self) -> dict:
        names = {"host", "path", "files", "as_of", "search", "width", "max_candidates", "max_words", "max_hits"}
        own_params = self.params.model_dump(include=names | {"max_pixels"})
        return {"backend": "mediawiki", "version": VERSION, **own_params, **self._relevance.identity(self.memo)}

    def __call__(self, items: list[Item]) -> list[Result]:
        for cache in self._caches:
            cache.forget_oldest()
        try:
            page_images = self._article_images(items)
        except (Unavailable, BudgetExceeded) as error:
            return [_postponed(error) for _ in items]
        return [self._first_usable(item, files) for item, files in zip(items, page_images, strict=True)]

    def _article_images(self, items: list[Item]) -> list[list[tuple[str, WikiFile]]]:
        """For each item, (found_by, page image) of its candidates' relevant articles, the surest candidate's first."""
        names_of = [item["candidates"][: self.params.max_candidates] for item in items]
        names = list(dict.fromkeys(name for names in names_of for name in names))
        pages = self._lookup.find(names, self.params.max_results)
        results = self._relevance.results(items, [{name: pages[name] for name in names} for names in names_of])
        titles = [[fact["title"] for fact in result.value["facts"] if fact["kept"]] for result in results]
        image_of_title = self._page_images.of_articles(title for kept_titles in titles for title in kept_titles)
        return [
            [(f"article: {title}", image_of_title[title]) for title in kept_titles if title in image_of_title]
            for kept_titles in titles
        ]

    def _first_usable(self, item: dict, page_images: list[tuple[str, WikiFile]]) -> Result:
        try:
            for found_by, file in page_images:
                if name := self._download(self._wiki, file.address):
                    return _result(name, found_by, file)
            for found_by, file in self._search_hits(item):
                if name := self._download(self._commons, file.address):
                    return _result(name, found_by, file)
        except (Unavailable, BudgetExceeded) as error:
            return _postponed(error)
        return Result(None, NOT_FOUND)

    def _search_hits(self, item: dict) -> Iterator[tuple[str, WikiFile]]:
        """(found_by, file) of each search's hits. A search is made when the hits of those before are used up."""
        searches = [("candidate", name) for name in item["candidates"][: self.params.max_candidates]]
        if words := _longest_words(item["sentence"], self.params.max_words):
            searches.append(("words", " ".join(words)))
        for kind, words in searches:
            for file in self._found_files.search(words, self.params.max_hits):
                yield f"{kind}: {words}", file

    def _download(self, api: Api, address: str) -> str | None:
        """The name in the image store of the image at `address`, downloaded if need be; None where there is none.

        Errors: Unavailable, BudgetExceeded.
        """
        for kind in (DOWNLOADED, BEFORE):
            if not self._downloads.missing(kind, [address]):
                name = self._downloads.get(kind, address).name
                if self.image_store.has(name) if name else kind == DOWNLOADED:
                    return name
        content = api.fetch(address)
        name = self.image_store.put(content) if content else None
        self._downloads.put(DOWNLOADED, address, _Downloaded(name=name))
        return name

    def restore(self, row: dict) -> None:
        """Download the image of `row` (of the artifact) if the image store lacks it, as for rows made elsewhere.

        Errors: InputError `image-gone`, `failed-for-now`.
        """
        if self.image_store.has(row["image"]):
            return
        try:
            name = self._download(self._commons, row["address"])
        except (Unavailable, BudgetExceeded) as error:
            remedy = "run the stage again: finished rows are kept"
            raise InputError("failed-for-now", str(error), where=row["address"], remedy=remedy) from error
        if name != row["image"]:
            what = f"the image of {row['id']} is not what was found there before"
            remedy = "choose another as_of in params.yaml, section images, to have everything searched for anew"
            raise InputError("image-gone", what, where=row["address"], remedy=remedy)


def _result(name: str, found_by: str, file: WikiFile) -> Result:
    attribution = {"licence": file.licence, "author": file.author, "url": file.url, "title": file.title}
    return Result({"image": name, **attribution, "found_by": found_by, "address": file.address})


def _postponed(error: Unavailable | BudgetExceeded) -> Result:
    if isinstance(error, BudgetExceeded):
        return Result(None, f"limit reached: {error}", later=True)
    return Result(None, f"wiki busy: {error}", transient=True)


def _longest_words(sentence: str, limit: int) -> list[str]:
    """The `limit` longest words of `sentence`, in the order of the sentence."""
    words = [word for word in dict.fromkeys(letters.spaced_words(sentence)) if len(word) >= 4]  # shorter show little
    longest = sorted(words, key=len, reverse=True)[:limit]
    return [word for word in words if word in longest]
