"""An offline encyclopedia in a ZIM file, such as Kiwix's of Wikipedia: pages by name."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Annotated

import pydantic
from tqdm import tqdm

from mmner.base.errors import InputError
from mmner.knowledge import pages
from mmner.knowledge.pages import Page
from mmner.knowledge.spellings import other_spellings
from mmner.ner import letters
from mmner.rows import memo as memos
from mmner.rows.contract import Memo
from mmner.rows.fingerprints import file_key

PROGRESS_BAR_ENTRIES = 20_000  # entries from which on reading all of them shows a progress bar
REMEDY = "fetch or build the archive, or correct `archive` in params.yaml's section knowledge"


class _Digest(memos.Remembered):
    digest: Annotated[str, pydantic.Field(pattern="^[0-9a-f]{64}$")]


KEPT = 5_000  # answers: some 10 MB


class Archive:
    """The pages of the ZIM file `file` by name; those of the last KEPT names and paths are kept.

    Errors: InputError `missing-archive`, `broken-archive`.
    """

    def __init__(self, file: str | Path, max_sentences: int, max_meanings: int):
        from libzim.reader import Archive as Reader

        self.file, self.max_sentences, self.max_meanings = Path(file), max_sentences, max_meanings
        if not self.file.is_file():
            raise InputError("missing-archive", "no such ZIM file", where=str(file), remedy=REMEDY)
        with self._reading():
            self.zim = Reader(self.file)
        self._found = lru_cache(KEPT)(self._find)
        self._pages_at = lru_cache(KEPT)(self._read_pages)

    def find(self, name: str, max_results: int) -> list[Page]:
        """Pages on `name`: by exact title, by redirect, by another spelling, by title suggestion, by full text.

        The search ends once there are `max_results` pages. A disambiguation page is replaced by the first
        `max_meanings` pages that it lists, which count as one.
        """
        with self._reading():
            return self._found(name, max_results)

    def _find(self, name: str, max_results: int) -> list[Page]:
        pages_by_path: dict[str, list[Page]] = {}
        for path in self._candidate_paths(name, max_results):
            if path not in pages_by_path and (path_pages := self._pages_at(path)):
                pages_by_path[path] = path_pages
            if len(pages_by_path) >= max_results:
                break
        return list({page.url: page for path_pages in pages_by_path.values() for page in path_pages}.values())

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Whatever is raised while the archive is read is InputError `broken-archive`.

        A damaged part is met when it is read, and what the library makes of its bytes can't be listed.
        """
        try:
            yield
        except (InputError, MemoryError):
            raise
        except Exception as error:
            what = f"not a whole ZIM file: {' '.join(str(error).split())}"
            raise InputError("broken-archive", what, where=str(self.file), remedy=REMEDY) from error

    def digest(self, memo: Memo) -> str:
        """Hex digest of the archive's entries; two builds of the same entries have the same digest.

        It takes reading every entry, once: `memo` keeps the digest.
        """
        key = file_key("zim", self.file)
        if key in (known := memos.read(memo, [key], _Digest)):
            return known[key].digest
        with self._reading():
            digest = self._digest()
        memo.put({key: {"digest": digest}})
        return digest

    def lacks(self) -> list[str]:
        """The indexes for searching that the archive lacks: what it finds depends on them, and they are no entries."""
        there = {"full-text index": self.zim.has_fulltext_index, "title index": self.zim.has_title_index}
        return [name for name, has in there.items() if not has]

    def build(self) -> str:
        """The id and checksum in the archive's header: read at once, and different for each build."""
        return f"{self.zim.uuid} {self.zim.checksum}"

    def _digest(self) -> str:
        total, count = hashlib.sha256(), self.zim.entry_count
        title = f"reading {self.file.name}, to know it again"
        for number in tqdm(
            range(count), desc=title, unit="entry", disable=count < PROGRESS_BAR_ENTRIES
        ):  # in the order of their paths
            entry = self.zim._get_entry_by_id(number)
            if entry.is_redirect:
                content = b"-> " + entry.get_redirect_entry().path.encode()
            else:
                content = bytes(entry.get_item().content)
            for part in (entry.path.encode(), entry.title.encode(), content):
                total.update(len(part).to_bytes(8, "big") + part)
        return total.hexdigest()

    def _candidate_paths(self, name: str, limit: int) -> Iterator[str]:
        """Paths of entries that may be on `name`, the most certain first; redirects are followed."""
        name = " ".join(name.split())
        if not name:
            return
        entries = [entry for title in variants(name) if (entry := self._entry(title))]
        yield from (entry.path for entry in entries if not entry.is_redirect)
        yield from (_target(entry).path for entry in entries if entry.is_redirect)
        spelt = [entry for spelling in other_spellings(name) if (entry := self._entry(spelling))]
        yield from (_target(entry).path for entry in spelt)
        words = set(_words(name))
        for path in self._suggestions(name, 4 * limit):
            if words <= set(_words(self.zim.get_entry_by_path(path).title)):
                yield _target(self.zim.get_entry_by_path(path)).path
        yield from (_target(self.zim.get_entry_by_path(path)).path for path in self._full_text(name, limit))

    def _entry(self, title: str):
        """The entry of exactly this title or path (paths write _ for a space), or None."""
        if self.zim.has_entry_by_title(title):
            return self.zim.get_entry_by_title(title)
        path = title.replace(" ", "_")
        return self.zim.get_entry_by_path(path) if self.zim.has_entry_by_path(path) else None

    def _suggestions(self, name: str, limit: int) -> list[str]:
        from libzim.suggestion import SuggestionSearcher

        return list(SuggestionSearcher(self.zim).suggest(name).getResults(0, limit))

    def _full_text(self, name: str, limit: int) -> list[str]:
        """Full-text search: pages that have every word of `name`."""
        from libzim.search import Query, Searcher

        if not self.zim.has_fulltext_index:
            return []
        query = Query().set_query(" ".join(_words(name)))
        return list(Searcher(self.zim).search(query).getResults(0, limit))

    def _read_pages(self, path: str) -> list[Page]:
        """The page at `path`; the pages that it lists, if it is a disambiguation page; [] if it has no text."""
        content = self._content(path)
        meanings = pages.disambiguation_links(content, path) if content else None
        if meanings is None:
            return self._page(path, content)
        listed = [entry for entry in meanings if self.zim.has_entry_by_path(entry)][: self.max_meanings]
        targets = dict.fromkeys(_target(self.zim.get_entry_by_path(entry)).path for entry in listed)
        return [page for target in targets for page in self._page(target, self._content(target))]

    def _page(self, path: str, content: bytes) -> list[Page]:
        summary = pages.lead(content, self.max_sentences)
        return [Page(self.zim.get_entry_by_path(path).title, path, summary)] if summary else []

    def _content(self, path: str) -> bytes:
        item = self.zim.get_entry_by_path(path).get_item()
        return bytes(item.content) if item.mimetype.startswith("text/html") else b""


def variants(name: str) -> list[str]:
    """Spellings of `name` in titles: as it is, with a capital first, in title case, in small letters, in capitals."""
    capital = name[:1].upper() + name[1:]
    title = " ".join(word[:1].upper() + word[1:].lower() for word in name.split())
    return list(dict.fromkeys((name, capital, title, name.lower(), name.upper())))


def fold_case(text: str) -> str:
    """`text` without case and accents."""
    return letters.without_accents(text.casefold())


def _words(text: str) -> list[str]:
    return letters.words(fold_case(text))


def _target(entry):
    """The entry that `entry` leads to, after at most 5 redirects."""
    for _ in range(5):
        if not entry.is_redirect:
            break
        entry = entry.get_redirect_entry()
    return entry
