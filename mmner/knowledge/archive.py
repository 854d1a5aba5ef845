"""An offline encyclopedia in a ZIM file (Kiwix publishes Wikipedia as such): looking a name up."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from tqdm import tqdm

from mmner.base.errors import InputError
from mmner.knowledge import pages
from mmner.knowledge.pages import Page
from mmner.rows.store import Store, known_file

MANY = 20_000  # entries from which reading them all shows a bar
REMEDY = "fetch or build the archive, or correct `archive` in params.yaml's section knowledge"


class Archive:
    """Looks names up in the ZIM file `file`; pages and answers are remembered as long as the object lives.

    Errors: InputError `missing-archive`, `broken-archive`.
    """

    def __init__(self, file: str | Path, max_sentences: int, max_meanings: int):
        from libzim.reader import Archive as Reader

        self.file, self.max_sentences, self.max_meanings = Path(file), max_sentences, max_meanings
        if not self.file.is_file():
            raise InputError("missing-archive", "no such ZIM file", where=str(file), remedy=REMEDY)
        try:
            self.zim = Reader(self.file)
        except RuntimeError as error:
            raise self._broken(error) from error
        self._pages: dict[str, list[Page]] = {}
        self._found: dict[tuple[str, int], list[Page]] = {}

    def find(self, name: str, max_results: int) -> list[Page]:
        """Pages on `name`: by exact title, by redirect, by title suggestion, by full text, in that order.

        Once a way has brought the number of pages to `max_results` no further one is tried. A disambiguation page
        stands for the pages that it lists, `max_meanings` at most, and counts as one.
        """
        key = (name, max_results)
        if key not in self._found:
            try:
                self._found[key] = self._find(name, max_results)
            except RuntimeError as error:  # a damaged part is met when it is read
                raise self._broken(error) from error
        return self._found[key]

    def _find(self, name: str, max_results: int) -> list[Page]:
        found: dict[str, list[Page]] = {}
        for path in self._paths(name, max_results):
            if path not in found and (read := self._read(path)):
                found[path] = read
            if len(found) >= max_results:
                break
        return list({page.url: page for read in found.values() for page in read}.values())

    def _broken(self, error: RuntimeError) -> InputError:
        return InputError("broken-archive", f"not a whole ZIM file: {error}", where=str(self.file), remedy=REMEDY)

    def digest(self) -> str:
        """Hex digest of what the archive says; two builds of the same entries have the same one.

        Every entry is read for it, once: the row store remembers it.
        """
        key = known_file("zim", self.file)
        store = Store()
        if not (known := store.get([key])):
            known = {key: {"digest": self._digest()}}
            store.put(known)
        store.close()
        return known[key]["digest"]

    def build(self) -> str:
        """Which build this is, by the archive's own header: known at once, and another one for each build."""
        return f"{self.zim.uuid} {self.zim.checksum}"

    def _digest(self) -> str:
        total, count = hashlib.sha256(), self.zim.entry_count
        title = f"reading {self.file.name}, to know it again"
        for number in tqdm(range(count), desc=title, unit="entry", disable=count < MANY):  # in the order of their paths
            entry = self.zim._get_entry_by_id(number)
            if entry.is_redirect:
                content = b"-> " + entry.get_redirect_entry().path.encode()
            else:
                content = bytes(entry.get_item().content)
            for part in (entry.path.encode(), entry.title.encode(), content):
                total.update(len(part).to_bytes(8, "big") + part)
        return total.hexdigest()

    def _paths(self, name: str, limit: int) -> Iterator[str]:
        """Paths of entries that may be on `name`, the surest first; redirects are followed."""
        name = " ".join(name.split())
        if not name:
            return
        entries = [entry for title in variants(name) if (entry := self._titled(title))]
        yield from (entry.path for entry in entries if not entry.is_redirect)
        yield from (_target(entry).path for entry in entries if entry.is_redirect)
        words = set(fold(name).split())
        for path in self._suggested(name, 4 * limit):
            if words <= set(_words(self.zim.get_entry_by_path(path).title)):
                yield _target(self.zim.get_entry_by_path(path)).path
        yield from (_target(self.zim.get_entry_by_path(path)).path for path in self._mentioning(name, limit))

    def _titled(self, title: str):
        """The entry of exactly this title or path (paths write _ for a space), or None."""
        if self.zim.has_entry_by_title(title):
            return self.zim.get_entry_by_title(title)
        path = title.replace(" ", "_")
        return self.zim.get_entry_by_path(path) if self.zim.has_entry_by_path(path) else None

    def _suggested(self, name: str, limit: int) -> list[str]:
        from libzim.suggestion import SuggestionSearcher

        return list(SuggestionSearcher(self.zim).suggest(name).getResults(0, limit))

    def _mentioning(self, name: str, limit: int) -> list[str]:
        """Full-text search: pages that have every word of `name`."""
        from libzim.search import Query, Searcher

        if not self.zim.has_fulltext_index:
            return []
        return list(Searcher(self.zim).search(Query().set_query(" ".join(_words(name)))).getResults(0, limit))

    def _read(self, path: str) -> list[Page]:
        """The page at `path`, or those that it lists where it is a disambiguation page; none where it has no text."""
        if path not in self._pages:
            content = self._content(path)
            listed = pages.meanings(content, path) if content else None
            if listed is None:
                self._pages[path] = self._page(path, content)
            else:
                known = [entry for entry in listed if self.zim.has_entry_by_path(entry)][: self.max_meanings]
                targets = dict.fromkeys(_target(self.zim.get_entry_by_path(entry)).path for entry in known)
                self._pages[path] = [page for target in targets for page in self._page(target, self._content(target))]
        return self._pages[path]

    def _page(self, path: str, content: bytes) -> list[Page]:
        summary = pages.lead(content, self.max_sentences)
        return [Page(self.zim.get_entry_by_path(path).title, path, summary)] if summary else []

    def _content(self, path: str) -> bytes:
        item = self.zim.get_entry_by_path(path).get_item()
        return bytes(item.content) if item.mimetype.startswith("text/html") else b""


def variants(name: str) -> list[str]:
    """`name` as titles may write it: as it is, with a capital first, in title case, in capitals."""
    capital = name[:1].upper() + name[1:]
    title = " ".join(word[:1].upper() + word[1:].lower() for word in name.split())
    return list(dict.fromkeys((name, capital, title, name.lower(), name.upper())))


def fold(text: str) -> str:
    """`text` without case and accents."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(mark for mark in plain if not unicodedata.combining(mark))


def _words(text: str) -> list[str]:
    return "".join(mark if mark.isalnum() else " " for mark in fold(text)).split()


def _target(entry):
    """Where `entry` leads; a chain of redirects is followed, a circle of them is not walked twice."""
    for _ in range(5):
        if not entry.is_redirect:
            break
        entry = entry.get_redirect_entry()
    return entry
