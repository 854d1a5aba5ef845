"""What a caption or an article says about a name, cut down to the words that say it."""

from __future__ import annotations

import re
from dataclasses import dataclass

_QUOTED = re.compile(r'["“]([^"”]+)["”]')
_QUOTATION = re.compile(
    r'(?:,?\s*\bwith)?(?:\s*\bthe)?(?:\s*\b(?:words?|text))?\s*["“][^"”]+["”]'
)  # with what leads to it
_CLAUSE = re.compile(r"[.;!?。；！？]+(?:\s|$)|,\s+(?:and\s+)?|[。；！？，]")
_NO_CLAUSE = re.compile(r"(?:an? )?(?:photo|picture|image|photograph)?", re.IGNORECASE)
_OPENING = re.compile(r"(?:an? )?(?:photo|picture|image|photograph) of ", re.IGNORECASE)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])")
_PREDICATE = re.compile(r"\b(?:is|was|are|were)\s+((?:an?|the|one of the)?\b[^.;,]*)")
_DETAIL = re.compile(r"\s+(?:who|that|which|where|whose|when|with|in|for|from|on|at|near|known|popular)\b")


@dataclass(frozen=True)
class Part:
    """A piece of a caption. quoted: words that stand in the image, as against what it shows."""

    text: str
    quoted: bool


def parts(caption: str | None) -> list[Part]:
    """`caption` as its pieces: the words it quotes, and its clauses without "a photo of"."""
    if not caption:
        return []
    found = [Part(words.strip(), True) for words in _QUOTED.findall(caption) if words.strip()]
    for clause in _CLAUSE.split(_QUOTATION.sub(" ", caption)):
        clause = " ".join(clause.split()).strip(" ,.")
        if not _NO_CLAUSE.fullmatch(clause):
            found.append(Part(_OPENING.sub("", clause), False))
    return found


def mentions(text: str, name: str) -> bool:
    """Whether `text` holds `name`, whatever the case, and however its words are spaced (OCR fuses them)."""
    return bool(name) and bool(_pattern(name).search(text))


def without(text: str, name: str) -> str:
    """`text` without `name`: what it says about the name, not the name again."""
    return " ".join(_pattern(name).sub(" ", text).split()).strip(" ,.:;'&-–")


def first_sentence(summary: str) -> str:
    return _SENTENCE_END.split(summary.strip(), maxsplit=1)[0]


def description(summary: str, name: str) -> str:
    """What the summary's first sentence says that `name` is: "Marlow is a bakery on the quay." -> "a bakery".

    Without such a predicate (another language, say), that sentence without the name.
    """
    sentence = first_sentence(summary)
    predicate = _PREDICATE.search(sentence)
    if predicate and (short := _DETAIL.split(predicate.group(1).strip(), maxsplit=1)[0]):
        return short
    return without(sentence, name) or sentence


def _pattern(name: str) -> re.Pattern:
    words = r"[\W_]*".join(map(re.escape, re.findall(r"\w+", name) or [name]))
    edge = r"\b" if name.isascii() else ""  # scripts without spaces have no word boundaries
    return re.compile(f"{edge}{words}{edge}", re.IGNORECASE)
