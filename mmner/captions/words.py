"""Small English: articles, lists, how long a text is, and which lines of it to keep."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

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


def choose(lines: Sequence[str], max_words: int, relevance: Callable[[str], float]) -> list[str]:
    """The most relevant of `lines` that fit into `max_words` together, in their order; lines stay whole.

    Where none fits, the beginning of the most relevant one stands for all.
    """
    ranked = sorted(range(len(lines)), key=lambda place: -relevance(lines[place]))
    left, chosen = float(max_words), []
    for place in ranked:
        if length(lines[place]) <= left:
            left -= length(lines[place])
            chosen.append(place)
    if chosen or not lines or not max_words:
        return [lines[place] for place in sorted(chosen)]
    best = lines[ranked[0]]
    return [" ".join(best.split()[:max_words]) if length(best) == len(best.split()) else best[: 2 * max_words]]
