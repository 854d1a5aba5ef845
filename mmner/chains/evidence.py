"""Evidence about a name: the pieces of a caption, and the description of the name in an article's summary."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mmner.ner import letters
from mmner.ner.text import cut, sentences

_QUOTED = re.compile(r'["“]([^"”]+)["”]')
_QUOTE_WITH_LEAD = re.compile(
    r'(?:,?\s*\bwith)?(?:\s*\bthe)?(?:\s*\b(?:words?|text))?\s*["“][^"”]+["”]'
)  # with what leads to it
_CLAUSE = re.compile(r"[.;!?。；！？]+(?:\s|$)|,\s+(?:and\s+)?|[。；！？，]")
_EMPTY_CLAUSE = re.compile(r"(?:an? )?(?:photo|picture|image|photograph)?", re.IGNORECASE)
_OPENING = re.compile(r"(?:an? )?(?:photo|picture|image|photograph) of ", re.IGNORECASE)
_PREDICATE = re.compile(r"\b(?:is|was|are|were)\s+((?:an?|the|one of the)?\b[^.;,]*)")
_DETAIL = re.compile(r"\s+(?:who|that|which|where|whose|when|with|in|for|from|on|at|near|known|popular)\b")


@dataclass(frozen=True)
class CaptionPart:
    """A piece of a caption. quoted: its words are written in the image; else they describe the image."""

    text: str
    quoted: bool


def caption_parts(caption: str | None) -> list[CaptionPart]:
    """The pieces of `caption`: the words that it quotes, then its clauses, without "a photo of"."""
    if not caption:
        return []
    pieces = [CaptionPart(words.strip(), True) for words in _QUOTED.findall(caption) if words.strip()]
    for clause in cut(_QUOTE_WITH_LEAD.sub(" ", caption), _CLAUSE):
        clause = " ".join(clause.split()).strip(" ,.")
        if not _EMPTY_CLAUSE.fullmatch(clause):
            pieces.append(CaptionPart(_OPENING.sub("", clause), False))
    return pieces


def mentions(text: str, name: str) -> bool:
    """Whether `text` has `name` in it; case and spaces between words are ignored (OCR fuses words)."""
    return bool(name) and bool(letters.name_pattern(name, loose=True).search(text))


def without(text: str, name: str) -> str:
    """`text` without `name`."""
    return " ".join(letters.name_pattern(name, loose=True).sub(" ", text).split()).strip(" ,.:;'&-–")


def first_sentence(summary: str) -> str:
    return next(iter(sentences(summary)), "")


def description(summary: str, name: str) -> str:
    """The predicate about `name` in the summary's first sentence: "Marlow is a bakery on the quay." -> "a bakery".

    Where there is none (in another language, say), the sentence without the name.
    """
    sentence = first_sentence(summary)
    predicate = _PREDICATE.search(sentence)
    if predicate and (head := _DETAIL.split(predicate.group(1).strip(), maxsplit=1)[0]):
        return head
    return without(sentence, name) or sentence
