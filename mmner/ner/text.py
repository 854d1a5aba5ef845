"""Tokens as a sentence, in the way that their language writes one."""

from __future__ import annotations

from collections.abc import Sequence

UNSPACED = ("zh", "ja", "th", "lo", "km", "my")  # languages written without spaces between words


def sentence(tokens: Sequence[str], language: str = "en") -> str:
    """`tokens` as one string: with spaces, or without where `language` (BCP 47) writes none."""
    return ("" if language.split("-")[0] in UNSPACED else " ").join(tokens)
