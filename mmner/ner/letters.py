"""Words of a text without what does not make them other words: accents, punctuation.

A mark behind a Latin, Greek, Cyrillic, Hebrew or Arabic letter is an accent, or a vowel that need not be written. In
other scripts it is as much of the word as a letter: a vowel sign of Devanagari, Tamil or Thai, the dots of が.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_ACCENTED = ("LATIN", "GREEK", "CYRILLIC", "HEBREW", "ARABIC")
_VOWELS_AND_SIGNS = ("Mn", "Mc")


def without_accents(text: str) -> str:
    """`text`, decomposed (NFKD), without its accents."""
    plain = unicodedata.normalize("NFKD", text)
    return plain if plain.isascii() else "".join(part for part, _ in _parts(plain))


def words(text: str) -> list[str]:
    """The runs of letters and digits in `text`, with the marks that belong to them."""
    return "".join(part if inside else " " for part, inside in _parts(text)).split()


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
