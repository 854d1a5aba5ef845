"""Pages of a MediaWiki by name: many names in one request, and none twice."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from mmner.knowledge import pages
from mmner.knowledge.mediawiki_api import Api
from mmner.knowledge.pages import Page
from mmner.knowledge.spellings import other_spellings
from mmner.knowledge.wiki_answers import Id, Query, Revision, Text, WikiPage
from mmner.knowledge.wiki_cache import Kind, WikiCache
from mmner.ner import letters
from mmner.ner.text import sentences
from mmner.rows.memo import Remembered

TITLES, EXTRACTS = 50, 20  # titles a request, without and with their texts: the API's limits
MAX_LEAD = 4000  # characters of a lead that are kept
_ILLEGAL_CHARACTERS = re.compile(r"[#<>\[\]|{}\x00-\x1f\x7f\ud800-\udfff\ufffd-\uffff]")
_LIST_ITEM = re.compile(r"^[*#]+[^\[\n]*\[\[([^\]|#<>{}\n]+)", re.MULTILINE)


class _Target(Remembered):
    to: Text | None  # the article's title


class _Lead(Remembered):
    extract: str
    lists: bool  # a disambiguation page
    url: Text
    number: Id
    revision: Id


class _Titles(Remembered):
    titles: list[Text]


TARGET, LEAD = Kind("title", _Target), Kind("page", _Lead)
MEANINGS, HITS = Kind("meanings", _Titles), Kind("search", _Titles)


class WikiLookup:
    """The pages of a wiki by name. The wiki's answers are kept in `cache`, for this run and later ones.

    `search`: whether names that are no title are searched for, with one request each.
    """

    def __init__(self, api: Api, cache: WikiCache, search: bool, max_meanings: int, max_sentences: int):
        self.api, self.cache, self.search = api, cache, search
        self.max_meanings, self.max_sentences = max_meanings, max_sentences

    def find(self, names: Sequence[str], max_results: int) -> dict[str, list[Page]]:
        """Name -> pages on it, for `names`: by title or redirect, else by another spelling, else by search.

        A disambiguation page is replaced by the first `max_meanings` pages that it lists.
        Errors: Unavailable, InputError `no-mediawiki`.
        """
        self.cache.forget_oldest()
        spellings_of = {name: (_titles(name), _spellings(name)) for name in names}
        self._resolve({title for alternatives in spellings_of.values() for titles in alternatives for title in titles})
        titles_of = {
            name: self._targets(first) or self._targets(second) for name, (first, second) in spellings_of.items()
        }
        if self.search:
            for name in titles_of:
                titles_of[name] = titles_of[name] or self._search(name, max_results)
        self._read({title for titles in titles_of.values() for title in titles})
        titles_of = {name: self._targets(titles) for name, titles in titles_of.items()}
        listing = {title for titles in titles_of.values() for title in titles if self.cache.get(LEAD, title).lists}
        self._read_listings(listing)
        meanings = {title: self.cache.get(MEANINGS, title).titles[: self.max_meanings] for title in listing}
        self._read({title for titles in meanings.values() for title in titles})
        pages_of: dict[str, list[Page]] = {}
        for name, titles in titles_of.items():
            leaves = [leaf for title in titles for leaf in self._targets(meanings.get(title, [title]))]
            pages_of[name] = [page for leaf in dict.fromkeys(leaves) if (page := self._page(leaf))]
        return pages_of

    def _page(self, title: str) -> Page | None:
        article = self.cache.get(LEAD, title)
        summary = " ".join(sentences(article.extract)[: self.max_sentences])
        # A disambiguation page that another one lists is left out: its pages would come after all of the other's.
        if article.lists or not summary:
            return None
        return Page(title, article.url, summary, article.number, article.revision)

    def _targets(self, titles: Iterable[str]) -> list[str]:
        """Titles of the existing articles that `titles` lead to, each once."""
        targets = (self.cache.get(TARGET, title).to for title in titles)
        return list(dict.fromkeys(title for title in targets if title))

    def _resolve(self, titles: Iterable[str]) -> None:
        unknown = self.cache.missing(TARGET, titles)
        for at in range(0, len(unknown), TITLES):
            batch = unknown[at : at + TITLES]
            self._store_targets(batch, self.api.query(prop="info", redirects=1, titles="|".join(batch)))

    def _read(self, titles: Iterable[str]) -> None:
        """Put leads, addresses and ids of the articles that `titles` lead to into the cache."""
        titles = set(titles)
        self.cache.preload(TARGET, titles)
        unresolved = {title for title in titles if not self.cache.has(TARGET, title)}
        targets = unresolved | set(self._targets(titles - unresolved))
        unknown = sorted(unresolved.union(self.cache.missing(LEAD, targets)))
        for at in range(0, len(unknown), EXTRACTS):
            batch = unknown[at : at + EXTRACTS]
            query = self.api.query(
                prop="extracts|info|pageprops",
                exintro=1,
                explaintext=1,
                exlimit=EXTRACTS,
                inprop="url",
                ppprop="disambiguation",
                redirects=1,
                titles="|".join(batch),
                needed=("pageid", "lastrevid", "canonicalurl", "extract"),
            )
            self._store_targets(batch, query)
            for page in query.pages:
                if _is_article(page):
                    extract = (page.extract or "")[:MAX_LEAD]
                    opening = extract.split("\n")[0]
                    lists = "disambiguation" in page.pageprops or pages.is_disambiguation_opening(opening)
                    about = {"url": page.canonicalurl, "number": page.pageid, "revision": page.lastrevid}
                    self.cache.put(LEAD, page.title, _Lead(extract=extract, lists=lists, **about))

    def _read_listings(self, titles: Iterable[str]) -> None:
        """Put the titles that disambiguation pages list into the cache: each item's first link, in the page's order."""
        unknown = self.cache.missing(MEANINGS, titles)
        for at in range(0, len(unknown), TITLES):
            batch = unknown[at : at + TITLES]
            content = {"prop": "revisions", "rvprop": "content", "rvslots": "main", "needed": ("revisions",)}
            for title, page in self.api.query(**content, titles="|".join(batch)).pages_of(batch).items():
                text = next((revision.slots.main.content or "" for revision in _readable_revisions(page)), "")
                listed = [target for link in _LIST_ITEM.findall(text) if (target := _normalized(link))]
                self.cache.put(MEANINGS, title, _Titles(titles=list(dict.fromkeys(listed))))

    def _search(self, name: str, limit: int) -> list[str]:
        words = " ".join(letters.words(name))  # without what the search reads as operators
        if not words:
            return []
        key = f"{limit} {words}"
        if self.cache.missing(HITS, [key]):
            hits = self.api.query(
                list="search", srwhat="text", srsearch=words, srlimit=limit, srnamespace=0, srprop="", srinfo=""
            )
            self.cache.put(HITS, key, _Titles(titles=[hit.title for hit in hits.search]))
        return self.cache.get(HITS, key).titles

    def _store_targets(self, titles: Sequence[str], query: Query) -> None:
        """Put the article that each of `titles` leads to, or None, into the cache. `query`: the answer on `titles`."""
        for title, page in query.pages_of(titles).items():
            self.cache.put(TARGET, title, _Target(to=page.title if page and _is_article(page) else None))
        for page in query.pages:
            if _is_article(page):
                self.cache.put(TARGET, page.title, _Target(to=page.title))


def _titles(name: str) -> list[str]:
    """Titles that an article on `name` may have. MediaWiki ignores the case of the first letter, and of no other.

    A name in nothing but small letters or capitals is also tried in title case.
    """
    forms = [name, " ".join(word.capitalize() for word in name.split())]
    titles = (_normalized(form) for form in (forms if name in (name.lower(), name.upper()) else forms[:1]))
    return list({title[:1].upper() + title[1:]: None for title in titles if title})


def _spellings(name: str) -> list[str]:
    """Further titles for `name`. Each costs a fiftieth of a request; the search that it may save costs a whole one."""
    titles = (_normalized(form) for form in other_spellings(name))
    return list({title[:1].upper() + title[1:]: None for title in titles if title})


def _normalized(title: str) -> str:
    """`title` as the API writes it; "" where no page can have that title."""
    title = unicodedata.normalize("NFC", " ".join(title.replace("_", " ").split()))
    is_possible = (
        title.strip(":/. ") and not _ILLEGAL_CHARACTERS.search(title) and len(title.encode("utf-8", "replace")) <= 255
    )
    return title if is_possible else ""


def _is_article(page: WikiPage) -> bool:
    return page.ns == 0 and page.exists


def _readable_revisions(page: WikiPage | None) -> list[Revision]:
    return [revision for revision in (page and page.revisions) or [] if revision.slots]
