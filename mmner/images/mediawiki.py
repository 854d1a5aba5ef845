"""The backend `mediawiki`: the image of a candidate's article, else one that a search among files finds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated
from urllib.parse import urlsplit

import pydantic

from mmner.base.errors import InputError
from mmner.images.files import File, Files
from mmner.images.shelf import Shelf
from mmner.knowledge.articles import Articles
from mmner.knowledge.mediawiki import Api, Budget, Busy, Spent
from mmner.knowledge.memory import Memory
from mmner.knowledge.relevance import Relevance
from mmner.knowledge.wikipedia import Wikipedia
from mmner.rows.contract import Result

VERSION = 1
NOTHING = "no image found"
Positive = Annotated[int, pydantic.Field(ge=1)]


class Mediawiki:
    """For each sentence: the page image of the best candidate's article that fits it and has one, else of the next
    candidate's; else the first readable file that a search for the candidates finds, one after the other; else one
    that a search for words of the sentence finds. Wikis are asked as `knowledge`'s backend `wikipedia` asks.
    """

    class Params(Wikipedia.Params):
        files: str = "https://commons.wikimedia.org/w/"  # where the api.php of the wiki is whose files are searched
        width: Annotated[int, pydantic.Field(ge=16)]  # pixels; the wiki scales wider images down to it
        max_candidates: Positive  # of a sentence, the surest first
        max_words: Annotated[int, pydantic.Field(ge=0)]  # the longest of the sentence; 0: it is not searched for
        max_hits: Positive  # files of a search
        max_pixels: Positive  # width x height of the largest image that is opened
        max_requests: Positive  # of one run of the stage
        max_bytes: Positive  # of images, downloaded by one run of the stage

        @pydantic.field_validator("files")
        @classmethod
        def _address(cls, files: str) -> str:
            parts = urlsplit(files)
            if parts.scheme not in ("http", "https") or not parts.netloc or not parts.path.endswith("/"):
                raise ValueError("a web address that ends in /, such as https://commons.wikimedia.org/w/")
            return files

    uses = ("sentence", "candidates")
    reads_image = False

    def __init__(self, params: Params):
        self.params, self.batch_size = params, params.batch_size
        budget = Budget(params.max_requests, params.max_bytes)
        manners = (params.contact, params.maxlag, params.retries, params.wait, budget)
        place = urlsplit(params.files)
        self._wiki = Api(params.host, params.path, params.scheme, *manners)
        self._commons = Api(place.netloc, place.path, place.scheme, *manners)
        self._articles = Articles(self._wiki, params.as_of, params.search, params.max_meanings, params.max_sentences)
        self._shown = Files(self._wiki, params.as_of, params.width)
        self._searched = Files(self._commons, params.as_of, params.width)
        self._relevance = Relevance(params)
        self._downloads = Memory("image files", params.as_of)
        self.shelf = Shelf(params.max_pixels)

    @property
    def requests(self) -> int:
        """Made so far, downloads included, to be reported by the stage."""
        return self._wiki.requests + self._commons.requests

    def identity(self) -> dict:
        names = {"host", "path", "files", "as_of", "search", "width", "max_candidates", "max_words", "max_hits"}
        mine = self.params.model_dump(include=names | {"max_pixels"})
        return {"backend": "mediawiki", "version": VERSION, **mine, **self._relevance.identity()}

    def __call__(self, items: list[dict]) -> list[Result]:
        try:
            shown = self._of_articles(items)
        except (Busy, Spent) as error:
            return [_put_off(error) for _ in items]
        return [self._illustrated(item, files) for item, files in zip(items, shown, strict=True)]

    def _of_articles(self, items: list[dict]) -> list[list[tuple[str, File]]]:
        """For each of `items`: (found_by, page image) of its candidates' articles, the surest candidate's first."""
        wanted = [item["candidates"][: self.params.max_candidates] for item in items]
        names = list(dict.fromkeys(name for names in wanted for name in names))
        pages = self._articles.find(names, self.params.max_results)
        results = self._relevance.results(items, [{name: pages[name] for name in names} for names in wanted])
        titles = [[fact["title"] for fact in result.value["facts"] if fact["kept"]] for result in results]
        found = self._shown.of_articles(title for row in titles for title in row)
        return [[(f"article: {title}", found[title]) for title in row if title in found] for row in titles]

    def _illustrated(self, item: dict, shown: list[tuple[str, File]]) -> Result:
        try:
            for found_by, file in shown:
                if name := self._download(self._wiki, file.address):
                    return _result(name, found_by, file)
            for found_by, file in self._hits(item):
                if name := self._download(self._commons, file.address):
                    return _result(name, found_by, file)
        except (Busy, Spent) as error:
            return _put_off(error)
        return Result(None, NOTHING)

    def _hits(self, item: dict) -> Iterator[tuple[str, File]]:
        """Files that are searched for only as the ones before turn out to be of no use."""
        searches = [("candidate", name) for name in item["candidates"][: self.params.max_candidates]]
        if words := _words(item["sentence"], self.params.max_words):
            searches.append(("words", " ".join(words)))
        for kind, words in searches:
            for file in self._searched.search(words, self.params.max_hits):
                yield f"{kind}: {words}", file

    def _download(self, api: Api, address: str) -> str | None:
        """The name on the shelf of the image at `address`; None where there is none. Errors: Busy, Spent."""
        if not self._downloads.unknown("image", [address]):
            name = self._downloads.get("image", address)["name"]
            if name is None or self.shelf.has(name):
                return name
        content = api.fetch(address)
        name = self.shelf.put(content) if content else None
        self._downloads.put("image", address, {"name": name})
        return name

    def restore(self, row: dict) -> None:
        """Download the image of `row`, an artifact's, once more if it isn't on the shelf: the row came from elsewhere.

        Errors: InputError `image-gone`, `failed-for-now`.
        """
        if self.shelf.has(row["image"]):
            return
        try:
            name = self._download(self._commons, row["address"])
        except (Busy, Spent) as error:
            remedy = "run the stage again: finished rows are kept"
            raise InputError("failed-for-now", str(error), where=row["address"], remedy=remedy) from error
        if name != row["image"]:
            what = f"the image of {row['id']} is not what was found there before"
            remedy = "choose another as_of in params.yaml, section images, to have everything searched for anew"
            raise InputError("image-gone", what, where=row["address"], remedy=remedy)


def _result(name: str, found_by: str, file: File) -> Result:
    about = {"licence": file.licence, "author": file.author, "url": file.url, "title": file.title}
    return Result({"image": name, **about, "found_by": found_by, "address": file.address})


def _put_off(error: Busy | Spent) -> Result:
    if isinstance(error, Spent):
        return Result(None, f"limit reached: {error}", later=True)
    return Result(None, f"wiki busy: {error}", transient=True)


def _words(sentence: str, limit: int) -> list[str]:
    """The `limit` longest words of `sentence`, in its order."""
    words = list(dict.fromkeys(re.findall(r"[^\W\d_]{4,}", sentence)))  # shorter ones show little
    longest = sorted(words, key=len, reverse=True)[:limit]
    return [word for word in words if word in longest]
