"""The little English that a caption of tags needs: articles, enumerations, word counts, and a choice of lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")  # kana and Chinese characters


def with_article(name: str) -> str:
    """`name` after "a" or "an", by its first letter, which is right for all but a few words."""
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def enumeration(names: Sequence[str]) -> str:
    """["a", "b", "c"] -> "a, b and c"."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def word_count(text: str) -> float:
    """Words in `text`; a Chinese or Japanese character counts as half a word."""
    return len(_CJK.sub(" ", text).split()) + len(_CJK.findall(text)) / 2


def choose_lines(lines: Sequence[str], max_words: int, relevance: Callable[[str], float]) -> list[str]:
    """The most relevant of `lines` that have at most `max_words` together, in the order of `lines`.

    Lines are kept whole; where none fits, the beginning of the most relevant one is returned.
    """
    ranked = sorted(range(len(lines)), key=lambda place: -relevance(lines[place]))
    words_left, chosen = float(max_words), []
    for place in ranked:
        if word_count(lines[place]) <= words_left:
            words_left -= word_count(lines[place])
            chosen.append(place)
    if chosen or not lines or not max_words:
        return [lines[place] for place in sorted(chosen)]
    best = lines[ranked[0]]
    return [" ".join(best.split()[:max_words]) if word_count(best) == len(best.split()) else best[: 2 * max_words]]
