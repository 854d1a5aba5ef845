"""Spellings of a name that an encyclopedia's titles may have, where the name is spelt as a tweet or tokenizer does."""

from __future__ import annotations

import html
import re

_WORD_BEGINS = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SPACED_MARK = re.compile(r"\s+(?=[:,.!?)’'])|(?<=[(’'])\s+|\s*([-/])\s*")
_SPACED_SIGN = re.compile(r"\s*&\s*|(?<=\b[A-Z]\.)\s+(?=[A-Z]\s*\.)")


def other_spellings(name: str) -> list[str]:
    """Spellings of `name` but itself, the nearest first.

    With spaces where a hashtag lacks them; without a tokenizer's around punctuation; with a straight apostrophe, and
    without # and HTML's escapes.
    """
    plain = html.unescape(name).replace("’", "'").lstrip("#@").strip()
    closed = _SPACED_MARK.sub(lambda mark: mark[1] or "", name)
    plain_closed = _SPACED_MARK.sub(lambda mark: mark[1] or "", plain)
    tight = _SPACED_SIGN.sub(lambda mark: "&" if "&" in mark[0] else "", plain_closed)
    forms = [*_apart(name), closed, plain, *_apart(plain), plain_closed, tight]
    return [form for form in dict.fromkeys(forms) if form and form != name]


def _apart(name: str) -> list[str]:
    return [] if " " in name else [_WORD_BEGINS.sub(" ", name)]
