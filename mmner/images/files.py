"""A MediaWiki's image files: which an article shows, which a search finds, whose they are, and where they lie."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from lxml import html

from mmner.knowledge.mediawiki import Api
from mmner.knowledge.memory import Memory

TITLES = 50  # titles a request
READABLE = ("image/jpeg", "image/png", "image/gif", "image/webp")
_ABOUT = ("LicenseShortName", "UsageTerms", "License", "Copyright", "Artist", "Credit")


@dataclass(frozen=True)
class File:
    """An image file. `url`: the page about it. `address`: of the file itself, or of a picture `width` pixels wide."""

    title: str
    licence: str | None
    author: str | None
    url: str
    address: str


class Files:
    """Files of the wiki behind `api`, none asked for twice. `width`: in pixels; narrower files come as they are."""

    def __init__(self, api: Api, as_of: str, width: int):
        self.api, self.memory = api, Memory(api.address, as_of)
        self._wanted = {
            "prop": "imageinfo",
            "iiprop": "url|mime|user|extmetadata|commonmetadata",
            "iiurlwidth": width,
            "iiextmetadatafilter": "|".join(_ABOUT),
        }
        self._kind = f"file {width}"

    def of_articles(self, titles: Iterable[str]) -> dict[str, File]:
        """The page image of each of `titles` (existing articles) that has one. Errors: Busy, InputError."""
        titles = list(dict.fromkeys(titles))
        for part in _parts(self.memory.unknown("page image", titles)):
            found = self.api.query(prop="pageimages", piprop="name", pilimit=TITLES, titles="|".join(part))
            shown = {page["title"]: page.get("pageimage") for page in found["pages"]}
            for title in part:
                self.memory.put("page image", title, {"file": shown.get(title)})
        shown = {title: name for title in titles if (name := self.memory.get("page image", title)["file"])}
        files = {title: f"File:{name.replace('_', ' ')}" for title, name in shown.items()}
        for part in _parts(self.memory.unknown(self._kind, files.values())):
            found = self.api.query(titles="|".join(part), **self._wanted)
            known = {page["title"]: _read(page) for page in found["pages"]}
            for name in part:
                self._put(name, known.get(name))
        return {title: file for title, name in files.items() if (file := self._get(name))}

    def search(self, words: str, limit: int) -> list[File]:
        """Files among the first `limit` hits of a search for `words`, the best first. Errors: Busy, InputError."""
        words = " ".join(re.findall(r"\w+", words))  # without what the search reads as operators
        if not words:
            return []
        key = f"{self._kind} {limit} {words}"
        if self.memory.unknown("file search", [key]):
            hits = {"generator": "search", "gsrsearch": words, "gsrwhat": "text", "gsrnamespace": 6, "gsrlimit": limit}
            found = sorted(self.api.query(**hits, **self._wanted)["pages"], key=lambda page: page["index"])
            files = [file for page in found if (file := _read(page))]
            self.memory.put("file search", key, {"files": [asdict(file) for file in files]})
        return [File(**file) for file in self.memory.get("file search", key)["files"]]

    def _put(self, title: str, file: File | None) -> None:
        self.memory.put(self._kind, title, {"file": file and asdict(file)})

    def _get(self, title: str) -> File | None:
        known = self.memory.get(self._kind, title)["file"]
        return File(**known) if known else None


def _parts(titles: list[str]) -> Iterable[list[str]]:
    return (titles[at : at + TITLES] for at in range(0, len(titles), TITLES))


def _read(page: dict) -> File | None:
    """What the API says about one file; None where there is none, or none that could be an image of ours."""
    info = (page.get("imageinfo") or [{}])[0]
    address = info.get("thumburl") or info.get("url")
    mime = info.get("thumbmime") or info.get("mime")
    if not address or mime not in READABLE:
        return None
    # What the file itself says is all that a wiki without the extension CommonsMetadata knows, but for who uploaded it.
    told = {about["name"]: about["value"] for about in info.get("commonmetadata") or []}
    told |= {name: about["value"] for name, about in (info.get("extmetadata") or {}).items()}
    told = {name: _plain(value) for name, value in told.items() if name in _ABOUT and isinstance(value, str)}
    licence = next((told[name] for name in _ABOUT[:4] if told.get(name)), None)
    author = next((told[name] for name in _ABOUT[4:] if told.get(name)), None) or info.get("user")
    return File(page["title"], licence, author, info["descriptionurl"], address)


def _plain(value: object) -> str:
    """`value`, which may be HTML, as text on one line."""
    text = str(value).strip()
    return " ".join((html.fromstring(text).text_content() if "<" in text else text).split())
