"""Small English: articles, lists, and how long a text is."""

from __future__ import annotations

import re
from collections.abc import Sequence

_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")  # kana and Chinese characters


def with_article(name: str) -> str:
    """`name` after "a" or "an"; the first letter decides, which is right for all but a few words."""
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def listed(names: Sequence[str]) -> str:
    """["a", "b", "c"] -> "a, b and c"."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def length(text: str) -> float:
    """Words in `text`; a Chinese or Japanese character counts as half a word."""
    return len(_UNSPACED.sub(" ", text).split()) + len(_UNSPACED.findall(text)) / 2
