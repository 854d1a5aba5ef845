"""A sentence and its extra text as word pieces, in as many overlapping windows as the encoder needs."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from mmner.networks.budget import Extra, Lengths, Pieces, fit
from mmner.networks.proof import WORDS


@dataclass(frozen=True)
class Window:
    """One row of the encoder's input. `caption`: (start, end) of the caption's pieces in `ids`; (0, 0) for none.

    characters: ids of each piece's characters, for an encoder of words alone. marks: of each piece of the sentence from
    its first one on, at place 1, what its token is marked with, a number a source; () where no source is on. tokens: of
    each of these pieces, the number of its token.
    """

    ids: list[int]
    caption: tuple[int, int] = (0, 0)
    characters: Sequence[Sequence[int]] = ()
    marks: Sequence[Sequence[int]] = field(default=(), repr=False)  # resume files of before it existed stay as they are
    tokens: Sequence[int] = field(default=(), repr=False)


@dataclass(frozen=True)
class Encoded:
    """An example for the model: its windows, and for each token (window, place of its first piece in it).

    given, wanted: pieces of extra text by kind that a window has, and that there were; by "names" how many of those.
    unknown: how many tokens the vocabulary has no piece of.
    """

    windows: list[Window]
    places: list[tuple[int, int]]
    given: Mapping[str, int] = field(default_factory=dict, repr=False, compare=False)
    wanted: Mapping[str, int] = field(default_factory=dict, repr=False, compare=False)
    unknown: int = field(default=0, repr=False, compare=False)

    @property
    def length(self) -> int:
        """Pieces of the longest window."""
        return max(len(window.ids) for window in self.windows)


class WordPieces:
    """Pieces of each word of a sentence, as in running text.

    A fast tokenizer is given the words; where it then codes them otherwise than in a text (byte-level ones that miss
    the blank before a word), it is given the text, and its pieces are told apart by their places. A tokenizer in Python
    alone codes word for word.
    """

    def __init__(self, tokenizer):
        self.tokenizer = tokenizer
        self._code = self._alone if not tokenizer.is_fast else self._split
        if tokenizer.is_fast and sum(self._split(WORDS), []) != self._ids(" ".join(WORDS)):
            self._code = self._running

    def __call__(self, tokens: Sequence[str]) -> list[list[int]]:
        """The pieces of each of `tokens`; none of one that the tokenizer drops."""
        return self._code(tokens)

    def _ids(self, text: str) -> list[int]:
        return self.tokenizer(text, add_special_tokens=False, truncation=False, verbose=False)["input_ids"]

    def _alone(self, tokens: Sequence[str]) -> list[list[int]]:
        return [self._ids(token) for token in tokens]

    def _split(self, tokens: Sequence[str]) -> list[list[int]]:
        pieces: list[list[int]] = [[] for _ in tokens]
        encoding = self.tokenizer(
            list(tokens), is_split_into_words=True, add_special_tokens=False, truncation=False, verbose=False
        )
        for piece, word in zip(encoding["input_ids"], encoding.word_ids(), strict=True):
            if word is not None:
                pieces[word].append(piece)
        return pieces

    def _running(self, tokens: Sequence[str]) -> list[list[int]]:
        pieces: list[list[int]] = [[] for _ in tokens]
        ends = list(accumulate(len(token) + 1 for token in tokens))  # each behind the blank after its word
        text = " ".join(tokens)
        encoding = self.tokenizer(
            text,
            add_special_tokens=False,
            truncation=False,
            verbose=False,
            return_offsets_mapping=True,
        )
        for piece, (start, _) in zip(encoding["input_ids"], encoding["offset_mapping"], strict=True):
            first = start + (
                text[start : start + 1] == " "
            )  # a piece may begin with the blank, or be no more than that
            pieces[bisect_right(ends, min(first, len(text) - 1))].append(piece)
        return pieces


class TextEncoding:
    """Turns examples into `Encoded`, for one tokenizer and one maximal length (pieces, specials included)."""

    def __init__(self, tokenizer, max_length: int, lengths: Lengths, overlap: int):
        self.tokenizer, self.max_length, self.lengths, self.overlap = tokenizer, max_length, lengths, overlap
        self.cls = _first_of(tokenizer.cls_token_id, tokenizer.bos_token_id)
        self.sep = _first_of(tokenizer.sep_token_id, tokenizer.eos_token_id)
        self.unknown = _first_of(tokenizer.unk_token_id, self.sep)
        self._word_pieces = WordPieces(tokenizer)

    def pieces(self, tokens: Sequence[str]) -> list[list[int]]:
        """Word pieces of each token; the unknown piece for one that the tokenizer drops (invisible characters)."""
        return [ids or [self.unknown] for ids in self._word_pieces(tokens)]

    def __call__(self, tokens: Sequence[str], extras: Sequence[Extra], marks: Sequence[Sequence[int]] = ()) -> Encoded:
        """`tokens` and `extras` as an Encoded of at most max_length pieces a window.

        marks: of each token, see Window; every piece of a token gets them.
        """
        pieces = self.pieces(tokens)
        room = self.max_length - 2  # [CLS] and the [SEP] that ends the sentence
        needed = sum(map(len, pieces))
        several = needed > room  # windows: the extra text may take a quarter, so that windows stay few
        fitted = fit([self._pieces(extra) for extra in extras], self.lengths, room // 4 if several else room - needed)
        if several:
            room -= sum(len(ids) + 1 for _, ids in fitted.extras)
        spans = _windows([min(len(ids), room) for ids in pieces], room, self.overlap)
        windows, starts = [], []
        for first, last in spans:
            ids, token_starts, piece_marks, piece_tokens = [self.cls], [], [], []
            for number in range(first, last):
                token_starts.append(len(ids))
                ids += pieces[number][:room]
                piece_tokens += [number] * (len(ids) - token_starts[-1])
                if marks:
                    piece_marks += [marks[number]] * (len(ids) - token_starts[-1])
            ids.append(self.sep)
            caption = (0, 0)
            for kind, extra_ids in fitted.extras:
                if kind == "caption":
                    caption = (len(ids), len(ids) + len(extra_ids))
                ids += [*extra_ids, self.sep]
            windows.append(Window(ids, caption, marks=piece_marks, tokens=piece_tokens))
            starts.append(token_starts)
        unknown = sum(all(piece == self.unknown for piece in ids) for ids in pieces)
        return Encoded(windows, _central(len(pieces), spans, starts), fitted.given, fitted.wanted, unknown)

    def _pieces(self, extra: Extra) -> Pieces:
        name = f"{extra.name}:" if extra.name and extra.texts else extra.name
        return Pieces(extra.kind, [self._ids(text) for text in extra.texts], self._ids(name))

    def _ids(self, text: str) -> list[int]:
        return self.tokenizer(text, add_special_tokens=False, truncation=False, verbose=False)["input_ids"]


def unknown_share(encoded: Iterable[Encoded]) -> float:
    """The share (0..1) of the tokens of `encoded` that are unknown."""
    counts = [(one.unknown, len(one.places)) for one in encoded]
    return sum(unknown for unknown, _ in counts) / max(sum(tokens for _, tokens in counts), 1)


def _windows(lengths: Sequence[int], room: int, overlap: int) -> list[tuple[int, int]]:
    """Token ranges (first, last exclusive) whose pieces fit in `room`, neighbours sharing about `overlap` pieces."""
    spans, first = [], 0
    while True:
        last, used = first, 0
        while last < len(lengths) and used + lengths[last] <= room:
            used += lengths[last]
            last += 1
        spans.append((first, last))
        if last == len(lengths):
            return spans
        back, shared = last, 0
        while back - 1 > first and shared + lengths[back - 1] <= min(overlap, room // 2):
            back -= 1
            shared += lengths[back]
        first = back


def _central(n: int, spans: list[tuple[int, int]], starts: list[list[int]]) -> list[tuple[int, int]]:
    """For each of n tokens the (window, place) where it stands farthest from a cut."""
    places = []
    for token in range(n):
        best, margin = (0, 0), -1
        for window, (first, last) in enumerate(spans):
            if first <= token < last:
                left = token - first if first > 0 else n
                right = last - 1 - token if last < n else n
                if min(left, right) > margin:
                    best, margin = (window, starts[window][token - first]), min(left, right)
        places.append(best)
    return places


def _first_of(*values: int | None) -> int:
    return next(value for value in values if value is not None)
