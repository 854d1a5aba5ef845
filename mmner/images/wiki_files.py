"""A MediaWiki's image files: of articles and of searches, with their authors, licences and addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lxml import etree, html

from mmner.knowledge.mediawiki_api import Api
from mmner.knowledge.wiki_answers import ImageInfo, Text, WikiPage
from mmner.knowledge.wiki_cache import Kind, WikiCache
from mmner.ner import letters
from mmner.rows.memo import Remembered

TITLES = 50  # titles a request
READABLE = ("image/jpeg", "image/png", "image/gif", "image/webp")
_METADATA = ("LicenseShortName", "UsageTerms", "License", "Copyright", "Artist", "Credit")


class WikiFile(Remembered):
    """An image file. `url`: of the page about it. `address`: of the file itself, or of a copy `width` pixels wide."""

    title: str
    licence: str | None
    author: str | None
    url: Text
    address: Text


class _PageImage(Remembered):
    file: Text | None  # its name, without the namespace


class _File(Remembered):
    file: WikiFile | None


class _Files(Remembered):
    files: list[WikiFile]


PAGE_IMAGE, FOUND = Kind("page image", _PageImage), Kind("file search", _Files)


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
        self._file = Kind(f"file {width}", _File)

    def of_articles(self, titles: Iterable[str]) -> dict[str, WikiFile]:
        """Title -> page image, for those of `titles` (existing articles) with one. Errors: Unavailable, InputError."""
        titles = list(dict.fromkeys(titles))
        for batch in _batches(self.cache.missing(PAGE_IMAGE, titles)):
            answer = self.api.query(prop="pageimages", piprop="name", pilimit=TITLES, titles="|".join(batch))
            for title, page in answer.pages_of(batch).items():
                self.cache.put(PAGE_IMAGE, title, _PageImage(file=page and page.pageimage))
        file_of_title = {title: name for title in titles if (name := self.cache.get(PAGE_IMAGE, title).file)}
        files = {title: f"File:{name.replace('_', ' ')}" for title, name in file_of_title.items()}
        for batch in _batches(self.cache.missing(self._file, files.values())):
            answer = self.api.query(titles="|".join(batch), needed=("imageinfo",), **self._file_query)
            for name, page in answer.pages_of(batch).items():
                self.cache.put(self._file, name, _File(file=page and _file_of_page(page)))
        return {title: file for title, name in files.items() if (file := self.cache.get(self._file, name).file)}

    def search(self, words: str, limit: int) -> list[WikiFile]:
        """Files among the first `limit` hits of a search for `words`, the best first.

        Errors: Unavailable, InputError.
        """
        words = " ".join(letters.words(words))  # without what the search reads as operators
        if not words:
            return []
        key = f"{self._file.name} {limit} {words}"
        if self.cache.missing(FOUND, [key]):
            hits = {"generator": "search", "gsrsearch": words, "gsrwhat": "text", "gsrnamespace": 6, "gsrlimit": limit}
            answer = self.api.query(needed=("index", "imageinfo"), **hits, **self._file_query)
            pages = sorted(answer.pages, key=lambda page: page.index or 0)
            files = [file for page in pages if (file := _file_of_page(page))]
            self.cache.put(FOUND, key, _Files(files=files))
        return self.cache.get(FOUND, key).files


def _batches(titles: list[str]) -> Iterable[list[str]]:
    return (titles[at : at + TITLES] for at in range(0, len(titles), TITLES))


def _file_of_page(page: WikiPage) -> WikiFile | None:
    """The file that `page` of the API's answer is about; None where there is none, or none in a readable format."""
    info = page.imageinfo[0] if page.imageinfo else ImageInfo()
    address = info.thumburl or info.url
    mime = info.thumbmime or info.mime
    if not address or not info.descriptionurl or mime not in READABLE:
        return None
    # A wiki without the extension CommonsMetadata has nothing but the file's own metadata, and the uploader's name.
    metadata = {field.name: field.value for field in info.commonmetadata or []}
    metadata |= {name: field.value for name, field in (info.extmetadata or {}).items()}
    metadata = {
        name: _plain_text(value) for name, value in metadata.items() if name in _METADATA and isinstance(value, str)
    }
    licence = next((metadata[name] for name in _METADATA[:4] if metadata.get(name)), None)
    author = next((metadata[name] for name in _METADATA[4:] if metadata.get(name)), None) or info.user
    return WikiFile(title=page.title, licence=licence, author=author, url=info.descriptionurl, address=address)


def _plain_text(value: str) -> str:
    """`value`, which may be HTML, as text on one line."""
    text = value.strip()
    if "<" in text:
        try:
            text = html.fromstring(text).text_content()
        except (etree.ParserError, ValueError):  # nothing but a comment, or bytes that no HTML has
            text = re.sub("<[^>]*>", "", text)
    return " ".join(text.split())
