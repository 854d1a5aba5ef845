"""What is odd about a corpus as its files have it, counted split by split; nothing is repaired or refused here."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations_with_replacement, groupby, islice
from pathlib import Path

from mmner.corpus import reader, split_files, tagging
from mmner.corpus.params import Corpus
from mmner.corpus.posts import Post
from mmner.ner import iob, schemes
from mmner.networks.windows import WordPieces
from mmner.tools.lint import gold_boxes

# Drawn as nothing although Unicode counts them as marks, letters or symbols: selectors of variants (as in emoji),
# the grapheme joiner, fillers of Hangul, vowels of Khmer that aren't written, the empty Braille pattern.
INVISIBLE = {*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0), 0x180B, 0x180C, 0x180D, 0x180F}
INVISIBLE |= {0x034F, 0x115F, 0x1160, 0x3164, 0xFFA0, 0x17B4, 0x17B5, 0x2800}
INVISIBLE_CATEGORIES = ("Cc", "Cf", "Zs", "Zl", "Zp")
LOST = "\ufffd"  # what a decoder writes for bytes that it can't read


@dataclass
class Split:
    """What one split holds. Places are `file:line`; `described`: what its file is, in a line.

    strict, lenient: entities by label, as iob.spans and as seqeval's default count them; unknown: tags that are not
    of the inventory, with their first place; renamed: tags by the file's label, where label_names has another for it;
    invisible: tokens of invisible characters only, by their characters.
    examples: the posts as rows of `examples`.
    images: how many are named, and by reason how many can't be read; failures: the first of these. notes: what the
    reader says of their names.
    final_blank: whether the file ends with a blank line; double_blanks: places with more than one. None: no such file.
    """

    name: str
    file: str
    posts: list[Post]
    examples: list[dict] = field(default_factory=list)
    described: str = ""
    scheme: str | None = None  # that the tags show, whatever the corpus says
    strict: Counter = field(default_factory=Counter)
    lenient: Counter = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)
    unknown: dict[str, str] = field(default_factory=dict)
    unknown_tags: int = 0
    renamed: Counter = field(default_factory=Counter)
    invisible: Counter = field(default_factory=Counter)
    invisible_in_entities: int = 0
    lost_characters: int = 0
    images: Counter = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    final_blank: bool | None = None
    double_blanks: int | None = None

    @property
    def tokens(self) -> int:
        return sum(len(post.tokens) for post in self.posts)


@dataclass(frozen=True)
class Repeats:
    """Texts that stand in `first` and in `second`, or more than once in the split where these are one.

    sentences: how many of `second`, in one split all but a text's first; other_labels: texts whose tags differ.
    """

    first: str
    second: str
    texts: int
    sentences: int
    other_labels: int


@dataclass(frozen=True)
class Pieces:
    """Word pieces of a split. over: sentences of more than fit one window; lost: their tokens that begin behind it.

    dropped: tokens of which the tokenizer leaves nothing; unknown: those of which the vocabulary knows no piece.
    """

    over: int
    lost: int
    dropped: int
    unknown: int
    longest: int


def splits(raw: Path, corpus: Corpus) -> list[Split]:
    """The splits of the corpus in folder `raw`, counted; their posts have tags in IOB2. Errors: those of `look`."""
    return look(raw, corpus)[0]


def look(raw: Path, corpus: Corpus) -> tuple[list[Split], gold_boxes.Counted | None]:
    """`splits`, and the counts of gold boxes where the corpus names some.

    Errors: InputError of `split_files.open_split` and of its posts: without these no count would mean anything;
    `image-outside-folder`, `decompression-bomb`; those of `gold_boxes.count`.
    """
    counted: list[Split] = []
    for name, file in corpus.splits.files().items():
        opened = split_files.open_split(raw / file, file)
        split = Split(name, file, list(islice(opened.posts(), corpus.limit)))
        split.described = opened.describe()
        split.scheme = tagging.looks_like(split.posts, corpus)
        for post in split.posts:
            pairs = [schemes.parse(tag, corpus.scheme, corpus.names) for tag in post.tags]
            split.renamed.update(pair[1] for pair in pairs if pair and pair[1] in corpus.label_names)
            _count_tags(split, post, corpus)
            _count_tokens(split, post)
        if not opened.form:
            _count_blank_lines(split, opened.text)
        split.examples = _examples(split, raw, corpus)
        _count_images(split)
        counted.append(split)
    tags = [post.tags for split in counted for post in split.posts]
    examples = [row for split in counted for row in split.examples]
    return counted, gold_boxes.count(raw, corpus, examples, tags)


def repeats(splits: Sequence[Split]) -> list[Repeats]:
    """Each split with itself and with each later one."""
    texts = {split.name: _by_text(split) for split in splits}
    result = []
    for first, second in combinations_with_replacement(texts, 2):
        one, other = texts[first], texts[second]
        if first == second:
            common = [text for text, tags in one.items() if len(tags) > 1]
            sentences = sum(len(one[text]) - 1 for text in common)
        else:
            common = [text for text in other if text in one]
            sentences = sum(len(other[text]) for text in common)
        differing = sum(len({*one[text], *other[text]}) > 1 for text in common)
        result.append(Repeats(first, second, len(common), sentences, differing))
    return result


def pieces(split: Split, tokenizer, room: int) -> Pieces:
    """`split` through `tokenizer`, where a window takes `room` pieces beside its specials."""
    word_pieces = WordPieces(tokenizer)
    over = lost = dropped = unknown = longest = 0
    for post in split.posts:
        length = 0
        for ids in word_pieces(post.tokens):
            lost += bool(ids) and length >= room
            dropped += not ids
            unknown += bool(ids) and set(ids) == {tokenizer.unk_token_id}
            length += len(ids)
        over += length > room
        longest = max(longest, length)
    return Pieces(over, lost, dropped, unknown, longest)


def invisible(token: str) -> bool:
    """Whether `token` has no character that is drawn."""
    return all(ord(char) in INVISIBLE or unicodedata.category(char) in INVISIBLE_CATEGORIES for char in token)


def _count_tags(split: Split, post: Post, corpus: Corpus) -> None:
    """Counts the tags of `post`, and gives it those of IOB2, unrepaired."""
    for at in tagging.unknown(post, corpus):
        split.unknown_tags += 1
        split.unknown.setdefault(post.tags[at], post.place(at))
    tagged = tagging.tagged(post, corpus, strict=False)
    post.tags = tagged.as_written
    split.strict.update(label for _, _, label in iob.spans(post.tags))
    split.lenient.update(label for _, _, label in iob.spans(iob.repair(post.tags)))
    split.violations += [post.place(at) for at in tagged.places]


def _count_tokens(split: Split, post: Post) -> None:
    for token, tag in zip(post.tokens, post.tags, strict=True):
        if invisible(token):
            split.invisible[token] += 1
            split.invisible_in_entities += tag != "O"
        split.lost_characters += LOST in token


def _count_blank_lines(split: Split, content: str) -> None:
    lines = [bool(line.strip(" \t\r")) for line in content.removesuffix("\n").split("\n")]
    split.final_blank = not lines[-1]
    split.double_blanks = sum(not filled and len(list(run)) > 1 for filled, run in groupby(lines))


def _examples(split: Split, raw: Path, corpus: Corpus) -> list[dict]:
    examples = [
        reader.example(post.id or f"{split.name}-{number}", split.name, post, corpus)
        for number, post in enumerate(split.posts)
    ]
    split.notes = reader.look(examples, raw, corpus)
    return examples


def _count_images(split: Split) -> None:
    failed = [row for row in split.examples if row["error"]]
    split.images["named"] = sum(row["image"] is not None for row in split.examples)
    split.images.update(row["error"].split(":")[0] for row in failed)
    split.failures = [f"{row['error']} ({row['source']})" for row in failed]


def _by_text(split: Split) -> dict[tuple, list[tuple]]:
    texts: dict[tuple, list[tuple]] = {}
    for post in split.posts:
        texts.setdefault(tuple(post.tokens), []).append(tuple(post.tags))
    return texts
