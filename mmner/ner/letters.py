"""Words of a text, and names in it, in any script.

A mark behind a Latin, Greek, Cyrillic, Hebrew or Arabic letter is an accent, or a vowel that need not be written. In
other scripts it is as much of the word as a letter: a vowel sign of Devanagari, Tamil or Thai, the dots of が.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

import regex

# Scripts that write words without blanks between them. To regex, other than to re, a mark is part of a word.
_UNSPACED = "".join(rf"\p{{{script}}}" for script in ("Han", "Hiragana", "Katakana", "Thai", "Lao", "Khmer", "Myanmar"))
_UNSPACED += "\u30fc\uff70"  # ー, of Hiragana and Katakana
_JOINING = _UNSPACED + r"\p{Hangul}\p{Hebrew}\p{Arabic}"  # these write particles and articles as part of the word
_SPACED = rf"[\w--[{_UNSPACED}]]"
_SPACED_WORD = regex.compile(rf"[[\p{{L}}\p{{M}}]--[{_UNSPACED}]]+", regex.V1)
_EDGES = {  # by `loose`: whether a name begins, and ends, where only the border of a word shows it
    loose: (regex.compile(rf"\A[^{others}]", regex.V1), regex.compile(rf"[^{others}]\Z", regex.V1))
    for loose, others in ((False, _UNSPACED), (True, _JOINING))
}

_ACCENTED = ("LATIN", "GREEK", "CYRILLIC", "HEBREW", "ARABIC")
_VOWELS_AND_SIGNS = ("Mn", "Mc")


def without_accents(text: str) -> str:
    """`text`, decomposed (NFKD), without its accents."""
    plain = unicodedata.normalize("NFKD", text)
    return plain if plain.isascii() else "".join(part for part, _ in _parts(plain))


def words(text: str) -> list[str]:
    """The runs of letters and digits in `text`, with the marks that belong to them."""
    return "".join(part if inside else " " for part, inside in _parts(text)).split()


def spaced_words(text: str) -> list[str]:
    """The runs of letters in `text`, as they are written, but for those of scripts without blanks between words."""
    return _SPACED_WORD.findall(text)


def written_words(text: str) -> list[str]:
    """The runs of letters, digits and underscores in `text`, as they are written, with their marks."""
    return regex.findall(r"\w+", text)


@lru_cache(maxsize=4096)
def name_pattern(name: str, *, loose: bool = False) -> regex.Pattern:
    """Where `name` stands in a text as words of its own, in any case.

    loose: with any blanks and signs between these, and with what some scripts join to a word.
    """
    begins, ends = _EDGES[loose]
    words = r"[\W_]*".join(map(regex.escape, written_words(name) or [name])) if loose else regex.escape(name)
    before = rf"(?<!{_SPACED})" if begins.search(name) else ""
    behind = rf"(?!{_SPACED})" if ends.search(name) else ""
    return regex.compile(rf"{before}(?i:{words})(?!\p{{M}}){behind}", regex.V1)


def _parts(text: str):
    """(character, whether it belongs to a word) of `text` without its accents."""
    base = ""
    for character in text:
        if character.isascii() or unicodedata.category(character) not in _VOWELS_AND_SIGNS:
            base = character
            yield character, character.isalnum()
        elif base.isalnum() and not _is_accent(base, character):
            yield character, True


@lru_cache(maxsize=4096)
def _is_accent(base: str, mark: str) -> bool:
    return unicodedata.name(base, "").startswith(_ACCENTED) or unicodedata.name(mark, "").startswith("VARIATION")
