"""A MediaWiki's image files: of articles and of searches, with their authors, licences and addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from lxml import html

from mmner.knowledge.mediawiki_api import Api
from mmner.knowledge.wiki_cache import WikiCache

TITLES = 50  # titles a request
READABLE = ("image/jpeg", "image/png", "image/gif", "image/webp")
_METADATA = ("LicenseShortName", "UsageTerms", "License", "Copyright", "Artist", "Credit")


@dataclass(frozen=True)
class WikiFile:
    """An image file. `url`: of the page about it. `address`: of the file itself, or of a copy `width` pixels wide."""

    title: str
    licence: str | None
    author: str | None
    url: str
    address: str


class WikiFiles:
    """Image files of the wiki behind `api`; answers are cached. `width`: pixels to which wider images are scaled."""

    def __init__(self, api: Api, cache: WikiCache, width: int):
        self.api, self.cache = api, cache
        self._file_query = {
            "prop": "imageinfo",
            "iiprop": "url|mime|user|extmetadata|commonmetadata",
            "iiurlwidth": width,
            "iiextmetadatafilter": "|".join(_METADATA),
        }
        self._kind = f"file {width}"

    def of_articles(self, titles: Iterable[str]) -> dict[str, WikiFile]:
        """Title -> page image, for those of `titles` (existing articles) with one. Errors: Unavailable, InputError."""
        titles = list(dict.fromkeys(titles))
        for batch in _batches(self.cache.missing("page image", titles)):
            answer = self.api.query(prop="pageimages", piprop="name", pilimit=TITLES, titles="|".join(batch))
            file_of_title = {page["title"]: page.get("pageimage") for page in answer["pages"]}
            for title in batch:
                self.cache.put("page image", title, {"file": file_of_title.get(title)})
        file_of_title = {title: name for title in titles if (name := self.cache.get("page image", title)["file"])}
        files = {title: f"File:{name.replace('_', ' ')}" for title, name in file_of_title.items()}
        for batch in _batches(self.cache.missing(self._kind, files.values())):
            answer = self.api.query(titles="|".join(batch), **self._file_query)
            files_by_name = {page["title"]: _file_of_page(page) for page in answer["pages"]}
            for name in batch:
                self._put(name, files_by_name.get(name))
        return {title: file for title, name in files.items() if (file := self._get(name))}

    def search(self, words: str, limit: int) -> list[WikiFile]:
        """Files among the first `limit` hits of a search for `words`, the best first.

        Errors: Unavailable, InputError.
        """
        words = " ".join(re.findall(r"\w+", words))  # without what the search reads as operators
        if not words:
            return []
        key = f"{self._kind} {limit} {words}"
        if self.cache.missing("file search", [key]):
            hits = {"generator": "search", "gsrsearch": words, "gsrwhat": "text", "gsrnamespace": 6, "gsrlimit": limit}
            pages = sorted(self.api.query(**hits, **self._file_query)["pages"], key=lambda page: page["index"])
            files = [file for page in pages if (file := _file_of_page(page))]
            self.cache.put("file search", key, {"files": [asdict(file) for file in files]})
        return [WikiFile(**file) for file in self.cache.get("file search", key)["files"]]

    def _put(self, title: str, file: WikiFile | None) -> None:
        self.cache.put(self._kind, title, {"file": file and asdict(file)})

    def _get(self, title: str) -> WikiFile | None:
        stored = self.cache.get(self._kind, title)["file"]
        return WikiFile(**stored) if stored else None


def _batches(titles: list[str]) -> Iterable[list[str]]:
    return (titles[at : at + TITLES] for at in range(0, len(titles), TITLES))


def _file_of_page(page: dict) -> WikiFile | None:
    """The file that `page` of the API's answer is about; None where there is none, or none in a readable format."""
    info = (page.get("imageinfo") or [{}])[0]
    address = info.get("thumburl") or info.get("url")
    mime = info.get("thumbmime") or info.get("mime")
    if not address or mime not in READABLE:
        return None
    # A wiki without the extension CommonsMetadata has nothing but the file's own metadata, and the uploader's name.
    metadata = {field["name"]: field["value"] for field in info.get("commonmetadata") or []}
    metadata |= {name: field["value"] for name, field in (info.get("extmetadata") or {}).items()}
    metadata = {
        name: _plain_text(value) for name, value in metadata.items() if name in _METADATA and isinstance(value, str)
    }
    licence = next((metadata[name] for name in _METADATA[:4] if metadata.get(name)), None)
    author = next((metadata[name] for name in _METADATA[4:] if metadata.get(name)), None) or info.get("user")
    return WikiFile(page["title"], licence, author, info["descriptionurl"], address)


def _plain_text(value: object) -> str:
    """`value`, which may be HTML, as text on one line."""
    text = str(value).strip()
    return " ".join((html.fromstring(text).text_content() if "<" in text else text).split())
