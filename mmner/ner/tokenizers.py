"""Raw text as tokens, split as a corpus's files split theirs; each token knows where it stands in the text.

| tokenizer | splits | as in |
|---|---|---|
| words | as the Penn Treebank does, sentence by sentence (nltk): punctuation and 's, n't apart | CoNLL-2003, CrossNER |
| twitter | at every character that is neither letter nor digit: @, #, ' and - stand apart | Twitter-2015 and -2017 |
| characters | into single characters (extended grapheme clusters), blanks left out | paintings |
| blanks | at blanks alone | text that is split already |
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import Literal, NamedTuple

import regex

from mmner.ner import languages

Tokenizer = Literal["words", "twitter", "characters", "blanks"]
NAMES: tuple[Tokenizer, ...] = ("words", "twitter", "characters", "blanks")

_BLANKS = regex.compile(r"\S+")
_CHARACTERS = regex.compile(r"(?!\s)\X")
_TWITTER = regex.compile(r"[\p{L}\p{N}\p{M}]+|\S")
# A sentence ends before blanks and a capital, unless its full stop belongs to an initial, a title,
# or the number of a list.
_SENTENCE = regex.compile(
    r"(?:[!?]|(?<!\b(?:\p{Lu}|Mr|Mrs|Ms|Dr|St|Jr|Sr|Prof|Gen|Col|Lt|Sgt|Capt|Rep|Sen|Gov|Pres|Rev|Hon|Inc|Co|Corp|Ltd"
    r"|Bros|vs|No|Vol|Fig|Mt|Ft|Ave|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|i\.e|e\.g|etc|(?:\p{L}\.)+\p{L}|^\d{1,3}))\.)"
    r"[\"'”’)\]]*\s+(?=[\"'“‘(\[@#]*\p{Lu})"
)
# Where nltk changed what it was given, and nothing can be found again.
_PLAIN_WORDS = regex.compile(r"[\p{L}\p{N}\p{M}_]+(?:[-.,'’&][\p{L}\p{N}\p{M}_]+)*|\S")
_QUOTES = ("``", "''")  # nltk's own for a straight double quote


class Token(NamedTuple):
    """`text`, which is the whole's [start:end], in code points."""

    text: str
    start: int
    end: int


def default(language: str) -> Tokenizer:
    """What a corpus in `language` (BCP 47) is taken to be split by where nothing says it."""
    return "words" if languages.spaced(language) else "characters"


def tokenize(text: str, tokenizer: Tokenizer) -> list[Token]:
    """The tokens of `text`, in order; none of blank text. What `tokenizer` does: the table above."""
    return list(_SPLITTERS[tokenizer](text))


def locate(tokens: Sequence[str], text: str) -> list[Token] | None:
    """`tokens` where they stand in `text`, in order, with nothing but blanks between; None where they don't."""
    found, at = [], 0
    for token in tokens:
        while not text.startswith(token, at) and at < len(text) and text[at].isspace():
            at += 1
        if not text.startswith(token, at):
            return None
        found.append(Token(token, at, at + len(token)))
        at += len(token)
    return found if not text[at:].strip() else None


def best(sentences: Iterable[Sequence[str]], language: str) -> tuple[Tokenizer, dict[str, float]]:
    """The tokenizer that splits `sentences` (tokens) most often as they are, of text as people write it; all shares.

    Of several the first of `NAMES`, but for what `default` says of `language`, which is before them.
    """
    texts = [(list(tokens), written(tokens, language)) for tokens in sentences]
    shares = {
        name: sum([token.text for token in tokenize(text, name)] == tokens for tokens, text in texts)
        / max(len(texts), 1)
        for name in NAMES
    }
    order = [default(language), *NAMES]
    return max(order, key=lambda name: (shares[name], -order.index(name))), shares


def written(tokens: Sequence[str], language: str = "en") -> str:
    """`tokens` as people write them: no blank before a full stop, @name and don't in one, brackets closed."""
    if not languages.spaced(language):
        return "".join(tokens)
    text = " ".join(tokens)
    for pattern, replacement in _WRITTEN:
        text = pattern.sub(replacement, text)
    return text


_WRITTEN = [
    (regex.compile(pattern), replacement)
    for pattern, replacement in (
        (r" ([.,!?;:%)\]}…])", r"\1"),
        (r"([(\[{$£€]) ", r"\1"),
        (r"(?i) (n't|'(?:s|re|ve|ll|d|m))\b", r"\1"),
        (r"(?i)(\w) ' (s|t|m|re|ve|ll|d)\b", r"\1'\2"),
        (r" '(?= |$)", "'"),
        (r"([@#]) (?=\w)", r"\1"),
        (r"(\w) _ (?=\w)", r"\1_"),
        (r"(\w) _(?=\W|$)", r"\1_"),
    )
]


def _found(pattern: regex.Pattern) -> Callable[[str], Iterator[Token]]:
    return lambda text: (Token(match.group(), *match.span()) for match in pattern.finditer(text))


def _words(text: str) -> Iterator[Token]:
    """Tokens of nltk, which takes a sentence at a time, found again in `text`."""
    start = 0
    for end in (*(match.end() for match in _SENTENCE.finditer(text)), len(text)):
        yield from _words_of(text[start:end], start)
        start = end


def _words_of(sentence: str, offset: int) -> Iterator[Token]:
    found, at = [], 0
    for token in _nltk().tokenize(sentence):
        while at < len(sentence) and sentence[at].isspace():
            at += 1
        written_as = '"' if token in _QUOTES and sentence[at : at + 1] == '"' else token
        if not sentence.startswith(written_as, at):
            found = [match.span() for match in _PLAIN_WORDS.finditer(sentence)]
            break
        found.append((at, at + len(written_as)))
        at += len(written_as)
    for start, end in found:
        yield Token(sentence[start:end], offset + start, offset + end)


@cache
def _nltk():
    from nltk.tokenize import NLTKWordTokenizer

    return NLTKWordTokenizer()


_SPLITTERS: dict[str, Callable[[str], Iterable[Token]]] = {
    "words": _words,
    "twitter": _found(_TWITTER),
    "characters": _found(_CHARACTERS),
    "blanks": _found(_BLANKS),
}
