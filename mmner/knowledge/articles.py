"""Looking names up in a MediaWiki: many in one request, and none twice."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from mmner.knowledge import pages
from mmner.knowledge.mediawiki import Api
from mmner.knowledge.pages import Page
from mmner.knowledge.wiki_cache import WikiCache

TITLES, EXTRACTS = 50, 20  # titles a request, without and with their texts: the API's limits
MAX_LEAD = 4000  # characters of a lead that are kept
_ILLEGAL = re.compile(r"[#<>\[\]|{}\x00-\x1f\x7f]")
_ITEM = re.compile(r"^[*#]+[^\[\n]*\[\[([^\]|#<>{}\n]+)", re.MULTILINE)


class Articles:
    """Pages on names. What the site said is kept in `cache`, for this stage and later.

    `search`: whether names that are no title are searched for, a request each.
    """

    def __init__(self, api: Api, cache: WikiCache, search: bool, max_meanings: int, max_sentences: int):
        self.api, self.cache, self.search = api, cache, search
        self.max_meanings, self.max_sentences = max_meanings, max_sentences

    def find(self, names: Sequence[str], max_results: int) -> dict[str, list[Page]]:
        """Pages on each of `names`: by title and redirect, else by another spelling's, else by search.

        A disambiguation page stands for the first `max_meanings` that it lists.
        Errors: Unavailable, InputError `no-mediawiki`.
        """
        titles = {name: (_titles(name), _spellings(name)) for name in names}
        self._resolve({title for forms in titles.values() for found in forms for title in found})
        ways = {name: self._targets(first) or self._targets(second) for name, (first, second) in titles.items()}
        if self.search:
            for name in ways:
                ways[name] = ways[name] or self._search(name, max_results)
        self._read({title for found in ways.values() for title in found})
        ways = {name: self._targets(found) for name, found in ways.items()}
        listing = {title for found in ways.values() for title in found if self.cache.get("page", title)["lists"]}
        self._list(listing)
        meanings = {title: self.cache.get("meanings", title)["titles"][: self.max_meanings] for title in listing}
        self._read({title for found in meanings.values() for title in found})
        answer: dict[str, list[Page]] = {}
        for name, found in ways.items():
            leaves = [leaf for title in found for leaf in self._targets(meanings.get(title, [title]))]
            answer[name] = [page for leaf in dict.fromkeys(leaves) if (page := self._page(leaf))]
        return answer

    def _page(self, title: str) -> Page | None:
        known = self.cache.get("page", title)
        summary = " ".join(pages.sentences(known["extract"])[: self.max_sentences])
        # A listing among a listing's meanings is not followed: its own page would come after all of this one's.
        if known["lists"] or not summary:
            return None
        return Page(title, known["url"], summary, known["number"], known["revision"])

    def _targets(self, titles: Iterable[str]) -> list[str]:
        """Titles of the articles that `titles` lead to, each once; those that don't exist are left out."""
        found = (self.cache.get("title", title)["to"] for title in titles)
        return list(dict.fromkeys(title for title in found if title))

    def _resolve(self, titles: Iterable[str]) -> None:
        new = self.cache.missing("title", titles)
        for at in range(0, len(new), TITLES):
            part = new[at : at + TITLES]
            self._note(part, self.api.query(prop="info", redirects=1, titles="|".join(part)))

    def _read(self, titles: Iterable[str]) -> None:
        """Learn leads, addresses and ids of the articles that `titles` lead to."""
        titles = set(titles)
        self.cache.preload("title", titles)
        known = {title: self.cache.has("title", title) for title in titles}
        led = {title: self.cache.get("title", title)["to"] if known[title] else title for title in titles}
        new = self.cache.missing("page", {title for title in led.values() if title})
        for at in range(0, len(new), EXTRACTS):
            part = new[at : at + EXTRACTS]
            query = self.api.query(
                prop="extracts|info|pageprops",
                exintro=1,
                explaintext=1,
                exlimit=EXTRACTS,
                inprop="url",
                ppprop="disambiguation",
                redirects=1,
                titles="|".join(part),
            )
            self._note(part, query)
            for page in query["pages"]:
                if _exists(page):
                    extract = page.get("extract", "")[:MAX_LEAD]
                    lists = "disambiguation" in page.get("pageprops", {}) or pages.refers(extract.split("\n")[0])
                    about = {"extract": extract, "lists": lists, "url": page["canonicalurl"]}
                    ids = {"number": page["pageid"], "revision": page["lastrevid"]}
                    self.cache.put("page", page["title"], about | ids)

    def _list(self, titles: Iterable[str]) -> None:
        """Learn what disambiguation pages list: the first link of each item, in the page's order."""
        new = self.cache.missing("meanings", titles)
        for at in range(0, len(new), TITLES):
            part = new[at : at + TITLES]
            query = self.api.query(prop="revisions", rvprop="content", rvslots="main", titles="|".join(part))
            for page in query["pages"]:
                text = page["revisions"][0]["slots"]["main"].get("content", "") if page.get("revisions") else ""
                listed = [title for link in _ITEM.findall(text) if (title := _clean(link))]
                self.cache.put("meanings", page["title"], {"titles": list(dict.fromkeys(listed))})

    def _search(self, name: str, limit: int) -> list[str]:
        words = " ".join(re.findall(r"\w+", name))  # without what the search reads as operators
        if not words:
            return []
        key = f"{limit} {words}"
        if self.cache.missing("search", [key]):
            found = self.api.query(
                list="search", srwhat="text", srsearch=words, srlimit=limit, srnamespace=0, srprop="", srinfo=""
            )
            self.cache.put("search", key, {"titles": [hit["title"] for hit in found.get("search", [])]})
        return self.cache.get("search", key)["titles"]

    def _note(self, asked: Sequence[str], query: dict) -> None:
        """Keep which article each title that was `asked` for is, or that it is none."""
        steps = {
            step["from"]: step["to"]
            for kind in ("normalized", "converted", "redirects")
            for step in query.get(kind, ())
        }
        exist = {page["title"] for page in query["pages"] if _exists(page)}
        for title in asked:
            end = title
            for _ in range(5):  # a circle of redirects is not walked for ever
                end = steps.get(end, end)
            self.cache.put("title", title, {"to": end if end in exist else None})
        for title in exist:
            self.cache.put("title", title, {"to": title})


def _titles(name: str) -> list[str]:
    """Titles that may be `name`'s; MediaWiki doesn't mind the case of the first letter, but of all others.

    A name in small letters or capitals alone may be one in title case.
    """
    forms = [name, " ".join(word.capitalize() for word in name.split())]
    found = (_clean(form) for form in (forms if name in (name.lower(), name.upper()) else forms[:1]))
    return list({title[:1].upper() + title[1:]: None for title in found if title})


def _spellings(name: str) -> list[str]:
    """Titles that may be `name`'s if a hashtag ran its words together, or a tokenizer put blanks around its marks.

    They cost a fiftieth of a request; the search that they save costs a whole one.
    """
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    closed = re.sub(r"\s+(?=[:,.!?)’'])|(?<=[(’'])\s+|\s*([-/])\s*", lambda mark: mark[1] or "", name)
    found = (_clean(form) for form in ([] if " " in name else [apart]) + [closed] if form != name)
    return list({title[:1].upper() + title[1:]: None for title in found if title})


def _clean(title: str) -> str:
    """`title` as the API writes it, or "" where it can't be one."""
    title = unicodedata.normalize("NFC", " ".join(title.replace("_", " ").split()))
    possible = title.strip(":/. ") and not _ILLEGAL.search(title) and len(title.encode("utf-8", "replace")) <= 255
    return title if possible else ""


def _exists(page: dict) -> bool:
    return page.get("ns") == 0 and not page.get("missing") and not page.get("invalid")
