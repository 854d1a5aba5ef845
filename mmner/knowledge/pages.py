"""An encyclopedia's HTML pages: their first sentences, and where a disambiguation page leads."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from urllib.parse import unquote, urldefrag, urlsplit

from lxml import etree, html


@dataclass(frozen=True)
class Page:
    """What an encyclopedia says about something. `url`: a path within an archive, or a page's address.

    `number` and `revision`: a MediaWiki's ids of the page and of the version of it that was read.
    """

    title: str
    url: str
    summary: str
    number: int | None = None
    revision: int | None = None


# What stands before or inside a lead and is none of its text.
_ASIDE = (
    "//table | //style | //script | //sup[contains(@class,'reference')] | //*[contains(@class,'hatnote')]"
    " | //*[contains(@class,'noprint')] | //*[@id='coordinates'] | //*[contains(@class,'infobox')]"
    " | //*[contains(@class,'mw-editsection')] | //figure"
)
_DISAMBIGUATION = "boolean(//*[contains(@class,'dmbox') or contains(@class,'disambig') or contains(@id,'disambig')])"
_REFERS = re.compile(r"\b(may|can|could|most commonly)( also)? refers? to\b[^.]{0,40}:?\s*$", re.IGNORECASE)
_ABBREVIATION = re.compile(r"(?:\b(?:Mr|Mrs|Ms|Dr|St|Jr|Sr|Prof|Mt|No|vs|ca|c|b|d|e\.g|i\.e|approx)|\b[A-Z])\.$")
_BREAK = re.compile(r"(?<=[.!?…])[\"”’)]?\s+(?=[\w\"“‘(])|(?<=[。！？])")


def lead(content: bytes, max_sentences: int) -> str:
    """The first `max_sentences` sentences of the page `content`; "" where it has no paragraph."""
    head = content.split(b"<h2", 1)[0]
    for part in (head, content) if b"<p" in head else (content,):
        tree = _tree(part)
        if tree is None:
            continue
        for node in tree.xpath(_ASIDE):
            _drop(node)
        found: list[str] = []
        for paragraph in tree.xpath("//p"):
            found += sentences(" ".join(paragraph.text_content().split()))
            if len(found) >= max_sentences:
                break
        if found:
            return " ".join(found[:max_sentences])
    return ""


def sentences(text: str) -> list[str]:
    """`text` cut after full stops, not after initials and the commonest abbreviations, nor before a small letter."""
    found: list[str] = []
    for part in _BREAK.split(text):
        if found and (_ABBREVIATION.search(found[-1]) or part[:1].islower()):
            found[-1] += f" {part}"
        elif part.strip():
            found.append(part.strip())
    return found


def refers(opening: str) -> bool:
    """Whether a page that begins with the paragraph `opening` is a disambiguation page."""
    return bool(_REFERS.search(" ".join(opening.split())))


def meanings(content: bytes, path: str) -> list[str] | None:
    """Paths that the disambiguation page `content`, itself at `path`, lists; None where it is no such page."""
    tree = _tree(content)
    if tree is None:
        return None
    opening = next(iter(tree.xpath("//p[normalize-space()]")), None)
    listing = opening is not None and refers(opening.text_content())
    if not (listing or tree.xpath(_DISAMBIGUATION)):
        return None
    links = (urldefrag(str(link)).url for link in tree.xpath("//li//a/@href"))
    folder = posixpath.dirname(path)
    inside = (posixpath.normpath(posixpath.join(folder, unquote(link))) for link in links if _internal(link))
    return list(dict.fromkeys(inside))


def _internal(link: str) -> bool:
    parts = urlsplit(link)
    return bool(parts.path) and not parts.scheme and not parts.netloc


def _tree(content: bytes):
    try:
        return html.document_fromstring(content, parser=html.HTMLParser(encoding="utf-8"))
    except etree.ParserError:  # empty
        return None


def _drop(node) -> None:
    if node.getparent() is not None:
        node.drop_tree()
