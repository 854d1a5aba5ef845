"""Tokens as a sentence, in the way that their language writes one; and a text as its sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mmner.ner import languages

_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|St|Jr|Sr|Prof|Mt|No|vs|ca|c|b|d|e\.g|i\.e|approx)|\b[A-Z])\.[\"”’)]?$"
)
_STOP, _CLOSING = "[.!?…।॥؟۔։።]", '["”’)]'  # of Latin, Devanagari, Arabic, Urdu, Armenian, Ethiopic
_TIGHT_STOP, _TIGHT_CLOSING = "[。！？｡។။]", "[」』”’）]"  # no blank follows: of Chinese, Japanese, Khmer, Burmese
_BREAK = re.compile(
    rf"(?:(?<={_STOP})|(?<={_STOP}{_CLOSING}))\s+(?=[\w\"“‘(])"
    rf"|(?:(?<={_TIGHT_STOP})(?!{_TIGHT_CLOSING})|(?<={_TIGHT_STOP}{_TIGHT_CLOSING}))"
)


def sentence(tokens: Sequence[str], language: str = "en") -> str:
    """`tokens` as one string: with spaces, or without where `language` (BCP 47, ISO 639) writes none."""
    return (" " if languages.spaced(language) else "").join(tokens)


def sentences(text: str) -> list[str]:
    """The sentences of `text`: it is split after full stops, but for those of initials and common abbreviations, and
    not before a small letter. A closing bracket or quote stays with the stop before it."""
    parts: list[str] = []
    for part in _BREAK.split(text):
        if parts and (_goes_on(parts[-1], part) or part[:1].islower()):
            parts[-1] += f" {part}"
        elif part.strip():
            parts.append(part.strip())
    return parts


def cut(text: str, separator: re.Pattern) -> list[str]:
    """`text` cut at each match of `separator`, but for the full stop of an initial or a common abbreviation."""
    parts, begin = [], 0
    for match in separator.finditer(text):
        stop = match.start() + 1
        if match[0].strip() != "." or match.end() == len(text) or not _goes_on(text[begin:stop], text[match.end() :]):
            parts.append(text[begin : match.start()])
            begin = match.end()
    return [*parts, text[begin:]]


def _goes_on(before: str, behind: str) -> bool:
    """Whether the stop at the end of `before` is an initial's or an abbreviation's; "No." is one before a number."""
    found = _ABBREVIATION.search(before)
    return found is not None and (not found[0].startswith("No") or behind.lstrip()[:1].isdigit())
