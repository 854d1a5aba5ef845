"""An encyclopedia's HTML pages: the sentences of their leads, and the links of disambiguation pages."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from urllib.parse import unquote, urldefrag, urlsplit

from lxml import etree, html

from mmner.ner.text import sentences


@dataclass(frozen=True)
class Page:
    """A page of an encyclopedia. `url`: a path within an archive, or a web address.

    `number`, `revision`: a MediaWiki's ids of the page, and of the version that was read.
    """

    title: str
    url: str
    summary: str
    number: int | None = None
    revision: int | None = None


# Elements before or inside a lead that are no part of its text.
_NOT_LEAD = (
    "//table | //style | //script | //sup[contains(@class,'reference')] | //*[contains(@class,'hatnote')]"
    " | //*[contains(@class,'noprint')] | //*[@id='coordinates'] | //*[contains(@class,'infobox')]"
    " | //*[contains(@class,'mw-editsection')] | //figure"
)
_DISAMBIGUATION = "boolean(//*[contains(@class,'dmbox') or contains(@class,'disambig') or contains(@id,'disambig')])"
_MAY_REFER_TO = re.compile(r"\b(may|can|could|most commonly)( also)? refers? to\b[^.]{0,40}:?\s*$", re.IGNORECASE)


def lead(content: bytes, max_sentences: int) -> str:
    """The first `max_sentences` sentences of the HTML page `content`; "" where it has no paragraph."""
    head = content.split(b"<h2", 1)[0]
    for part in (head, content) if b"<p" in head else (content,):
        tree = _tree(part)
        if tree is None:
            continue
        for node in tree.xpath(_NOT_LEAD):
            _remove(node)
        lead_sentences: list[str] = []
        for paragraph in tree.xpath("//p"):
            lead_sentences += sentences(" ".join(paragraph.text_content().split()))
            if len(lead_sentences) >= max_sentences:
                break
        if lead_sentences:
            return " ".join(lead_sentences[:max_sentences])
    return ""


def is_disambiguation_opening(opening: str) -> bool:
    """Whether the paragraph `opening` begins a disambiguation page: "X may refer to:"."""
    return bool(_MAY_REFER_TO.search(" ".join(opening.split())))


def disambiguation_links(content: bytes, path: str) -> list[str] | None:
    """Paths that the disambiguation page `content`, itself at `path`, lists; None for any other page."""
    tree = _tree(content)
    if tree is None:
        return None
    opening = next(iter(tree.xpath("//p[normalize-space()]")), None)
    is_listing = opening is not None and is_disambiguation_opening(opening.text_content())
    if not (is_listing or tree.xpath(_DISAMBIGUATION)):
        return None
    links = (urldefrag(str(link)).url for link in tree.xpath("//li//a/@href"))
    folder = posixpath.dirname(path)
    inside = (posixpath.normpath(posixpath.join(folder, unquote(link))) for link in links if _is_internal(link))
    return list(dict.fromkeys(inside))


def _is_internal(link: str) -> bool:
    parts = urlsplit(link)
    return bool(parts.path) and not parts.scheme and not parts.netloc


def _tree(content: bytes):
    try:
        return html.document_fromstring(content, parser=html.HTMLParser(encoding="utf-8"))
    except etree.ParserError:  # empty
        return None


def _remove(node) -> None:
    if node.getparent() is not None:
        node.drop_tree()
