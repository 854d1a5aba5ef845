"""Tokens as a sentence, in the way that their language writes one."""

from __future__ import annotations

from collections.abc import Sequence

from mmner.ner import languages


def sentence(tokens: Sequence[str], language: str = "en") -> str:
    """`tokens` as one string: with spaces, or without where `language` (BCP 47, ISO 639) writes none."""
    return (" " if languages.spaced(language) else "").join(tokens)
