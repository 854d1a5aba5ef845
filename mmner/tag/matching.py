"""A system's answers on our posts and tokens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import Protocol

from mmner.base.errors import InputError
from mmner.ner import schemes
from mmner.ner.schemes import Chunk
from mmner.tag.answers import Answer, System, ranges, squeezed
from mmner.tag.placing import token_borders

EMPTY = "empty"
OF_SYSTEM = "in `systems`:"  # where the key of params.yaml stands that an option of `score` is
OTHER_SPLIT = f"choose --split ({OF_SYSTEM} `files`)"
DIFFERS = (
    f"predict on our texts, or {OTHER_SPLIT}; or leave out `text` and `tokens`, where tags are of our tokens, offsets "
    "of our text"
)


@dataclass(frozen=True)
class Post:
    """tags: as the corpus's files write them, IOB2. text: the tokens as one, whose code points offsets count."""

    id: str
    tokens: list[str]
    tags: list[str]
    text: str


class Inventory(Protocol):
    """names: every name of a label, here or in files. label_names: what files call a label -> the label."""

    names: frozenset[str]
    label_names: dict[str, str]


class Posts(Protocol):
    """The posts of `split` that are to be answered."""

    split: str
    posts: list[Post]
    corpus: Inventory


@dataclass
class Matched:
    """predicted: tags of each of our posts, IOB2. extra: labels of entities that our tokens can't show, of each post:
    they count as predicted, and as wrong. answered: whether the system has an answer to the post.

    odd: numbers of what to know, by what it is. by: how posts were found.
    """

    by: str
    predicted: list[list[str]] = field(default_factory=list)
    extra: list[list[str]] = field(default_factory=list)
    answered: list[bool] = field(default_factory=list)
    odd: Counter = field(default_factory=Counter)


def match(system: System, gold: Posts, missing: str) -> Matched:
    """missing: what a post without an answer is: an "error", or "empty".

    Errors: InputError `missing-post`, `extra-post`, `repeated-post`, `text-differs`, `tokens-tags-mismatch`,
    `unknown-tag`, `bad-span`, `bad-post`.
    """
    ids = [answer.id for answer in system.answers]
    known = {post.id for post in gold.posts}
    if any(ids) and (system.sure or known.issuperset(ids)):
        matched, answers = Matched("id"), _by_id(system, gold)
    else:
        matched, answers = Matched("order"), _by_order(system, gold, missing)
    for post, answer in zip(gold.posts, answers, strict=True):
        matched.answered.append(answer is not None and answer.read)
        if not matched.answered[-1]:
            if missing != EMPTY:
                what = f"no answer to the post {post.id}, {post.text[:60]!r}"
                remedy = f"add it; --missing empty ({OF_SYSTEM} `missing: empty`) counts such posts as without entities"
                where = answer.place if answer else system.end
                raise InputError("missing-post", what, where=where, remedy=remedy)
            matched.odd["posts without an answer, counted as without entities"] += 1
            tags, extra = ["O"] * len(post.tokens), []
        else:
            tags, extra = _on_ours(answer, post, system.scheme, gold, matched.odd)
        matched.predicted.append(tags)
        matched.extra.append(extra)
    return matched


def _by_id(system: System, gold: Posts) -> list[Answer | None]:
    answers: dict[str | None, Answer] = {}
    known = {post.id for post in gold.posts}
    for answer in system.answers:
        if answer.id is None:
            what = "a post without an id, where others have one"
            raise InputError("bad-post", what, where=answer.place, remedy="give it one, or take all out")
        if answer.id in answers:
            what = f"a second answer to {answer.id}, after {answers[answer.id].place}"
            raise InputError("repeated-post", what, where=answer.place, remedy="keep one")
        if answer.id not in known:
            first = gold.posts[0].id
            remedy = f"take it out, or {OTHER_SPLIT}; ids are ours, such as {first}; without any, posts go by order"
            raise InputError("extra-post", f"no post of {gold.split} is {answer.id}", where=answer.place, remedy=remedy)
        answers[answer.id] = answer
    return [answers.get(post.id) for post in gold.posts]


def _by_order(system: System, gold: Posts, missing: str) -> list[Answer | None]:
    found: list[Answer | None] = []
    silent = [answer for answer in system.answers if answer.read and answer.characters is None]
    if missing == EMPTY and silent and len(system.answers) < len(gold.posts):
        what = "neither id, text nor tokens: nothing says which posts are missing"
        raise InputError("bad-post", what, where=silent[0].place, remedy="give every answer the post's id")
    for answer in system.answers:
        while missing == EMPTY and len(found) < len(gold.posts) and not _same(answer, gold.posts[len(found)]):
            found.append(None)
        if len(found) == len(gold.posts):
            what = f"an answer behind those to the {len(found)} posts of {gold.split}"
            what = f"no post of {gold.split} that is left has this text" if None in found else what
            raise InputError("extra-post", what, where=answer.place, remedy=f"take it out, or {OTHER_SPLIT}")
        found.append(answer)
    return found + [None] * (len(gold.posts) - len(found))


def _same(answer: Answer, post: Post) -> bool:
    return answer.characters in (None, squeezed("".join(post.tokens)))


def _on_ours(answer: Answer, post: Post, scheme: str, gold: Posts, odd: Counter) -> tuple[list[str], list[str]]:
    """(IOB2 tags of our tokens, labels of the entities that these can't show)."""
    if not _same(answer, post):
        theirs, ours = answer.characters, squeezed("".join(post.tokens))
        at = next((at for at, pair in enumerate(zip(theirs, ours, strict=False)) if pair[0] != pair[1]), None)
        at = min(len(theirs), len(ours)) if at is None else at
        what = f"its text is not that of {post.id}: {theirs[max(at - 20, 0) : at + 20]!r}, and here "
        raise InputError(
            "text-differs", f"{what}{ours[max(at - 20, 0) : at + 20]!r}", where=answer.place, remedy=DIFFERS
        )
    names = gold.corpus.label_names
    if answer.tags is None:
        named = [(start, end, names.get(label, label)) for start, end, label in ranges(answer, post.text)]
        return _placed([Chunk(*one) for one in named if one[2] != "O"], post, odd)
    theirs = post.tokens if answer.tokens is None else answer.tokens
    if len(answer.tags) != len(theirs):
        what = f"{len(answer.tags)} tags, and {post.id} has {len(theirs)} tokens"
        raise InputError("tokens-tags-mismatch", what, where=answer.place, remedy="one tag a token of ours")
    places = answer.places or [answer.place] * len(theirs)
    pairs = [_pair(tag, scheme, gold, place) for tag, place in zip(answer.tags, places, strict=True)]
    chunks = schemes.renamed(pairs, scheme, names)
    if list(map(squeezed, theirs)) == list(map(squeezed, post.tokens)):
        return schemes.written(len(pairs), chunks), []
    odd["posts with other tokens than ours"] += 1
    ends = [0, *accumulate(len(squeezed(token)) for token in theirs)]
    return _placed([replace(chunk, start=ends[chunk.start], end=ends[chunk.end]) for chunk in chunks], post, odd)


def _pair(tag: str, scheme: str, gold: Posts, place: str) -> tuple[str, str]:
    """`tag` as (letter of BIOES, label as the file calls it)."""
    pair = schemes.parse(tag, scheme, gold.corpus.names)
    if pair is None:
        remedy = f"write O, or B- or I- and a label; --scheme ({OF_SYSTEM} `scheme`) says which scheme it is"
        raise InputError("unknown-tag", f"{tag} is no tag of {scheme}", where=place, remedy=remedy)
    return pair


def _placed(found: Sequence[Chunk], post: Post, odd: Counter) -> tuple[list[str], list[str]]:
    """`found`, in characters without blanks, as tags of the tokens of `post`, and what has no place there.

    What is not whole, and so no entity to a strict reader, is left out where it has none.
    """
    first, last = token_borders(post.tokens)
    chunks, extra, taken = [], [], set()
    for one in sorted(dict.fromkeys(found), key=lambda one: (one.start - one.end, one.start)):
        at, to = first.get(one.start), last.get(one.end)
        if at is None or to is None or one.start == one.end:  # a token of blanks
            why = "entities between our tokens' borders, counted as wrong"
        elif taken & {*range(at, to)}:
            why = "entities that share a token with a longer one, counted as wrong"
        else:
            chunks.append(Chunk(at, to, one.label, one.whole))
            taken |= {*range(at, to)}
            continue
        if one.whole:
            odd[why] += 1
            extra.append(one.label)
    return schemes.written(len(post.tokens), sorted(chunks, key=lambda chunk: chunk.start)), extra
