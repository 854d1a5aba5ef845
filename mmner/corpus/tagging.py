"""Tags as files have them become tags of the corpus's labels in IOB2, or the error that says what to write instead."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mmner.base.errors import InputError
from mmner.corpus.params import Corpus
from mmner.corpus.posts import Post
from mmner.ner import iob, schemes

SEVERAL = re.compile(r"[|,;/+\s]")
YAML_READS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null", "none", "~"}


class UnknownTag(InputError):
    """The error `unknown-tag` about `tag`."""

    def __init__(self, tag: str, what: str, *, where: str, remedy: str):
        super().__init__("unknown-tag", what, where=where, remedy=remedy)
        self.tag = tag


@dataclass(frozen=True)
class Tagged:
    """Tags of one post in IOB2. as_written: without any repair; places: of tokens at which a repair begins."""

    tags: list[str]
    as_written: list[str]
    places: list[int]


def looks_like(posts: Iterable[Post], corpus: Corpus) -> str | None:
    """The scheme that the tags of `posts` show, whatever `corpus` says; None where they show none."""
    return schemes.looks_like((post.tags for post in posts), corpus.names)


def tagged(post: Post, corpus: Corpus, strict: bool = True) -> Tagged:
    """The tags of `post` in IOB2, by the labels of `corpus`.

    Not strict: labels that the corpus lacks stay, and so does what is no tag of its scheme, or is O where that is not
    IOB2.
    Errors: InputError `unknown-tag`, if strict.
    """
    if strict and (refused := unknown(post, corpus)):
        raise _unknown(post, refused[0], corpus)
    pairs = [schemes.parse(tag, corpus.scheme, corpus.names) for tag in post.tags]
    if corpus.scheme == "iob2":
        tags = [_iob2(pair, tag, corpus) for pair, tag in zip(pairs, post.tags, strict=True)]
        places = iob.violations(tags)
        return Tagged(iob.repair(tags) if places else tags, tags, places)
    chunks = schemes.renamed([pair or ("O", "") for pair in pairs], corpus.scheme, corpus.label_names)
    as_written, tags = schemes.written(len(pairs), chunks), schemes.repaired(len(pairs), chunks)
    return Tagged(tags, as_written, [chunk.start for chunk in chunks if not chunk.whole])


def unknown(post: Post, corpus: Corpus) -> list[int]:
    """Places of the tags of `post` that `tagged` refuses."""
    odd = {tag for tag in set(post.tags) if not _known(tag, corpus)}
    return [at for at, tag in enumerate(post.tags) if tag in odd] if odd else []


def advised(error: InputError, posts: Sequence[Post], corpus: Corpus) -> InputError:
    """`error`, about a tag, with the remedy that fits where `posts`, all of the corpus, show another scheme."""
    looks = looks_like(posts, corpus)
    tag = error.tag if isinstance(error, UnknownTag) else None
    if looks in (None, corpus.scheme):
        return error
    pair = schemes.parse(tag, looks, corpus.names) if tag else ("", "")
    if pair is None:
        return error
    label = corpus.label_names.get(pair[1], pair[1])
    more = f" and add {_yaml(label)} to labels" if label and label not in corpus.labels else ""
    write = f"{_bare(tag, corpus)}; and " if tag and not label else ""
    remedy = f"{write}set `scheme: {looks}`{more} in the corpus's entry of params.yaml: its files look like that"
    if looks == "io":
        remedy += ", labels without B- and I-; where the tag is not the last column, make it that"
    return InputError(error.name, error.what, where=error.where, remedy=remedy)


def violation(post: Post, at: int, corpus: Corpus) -> InputError:
    """The error about the token of `post` at index `at`, where an entity begins or ends against the scheme."""
    before = post.tags[at - 1] if at else "the start of the post"
    what = f"{post.tags[at]} follows {before}"
    if corpus.scheme != "iob2":
        what += f", or is not ended as {corpus.scheme} wants it"
    remedy = "correct the line, or set `violations: repair` for the corpus in params.yaml to make it a B- tag"
    return InputError("iob-violation", what, where=post.place(at), remedy=remedy)


def _iob2(pair: tuple[str, str] | None, tag: str, corpus: Corpus) -> str:
    if pair is None or pair[0] == "O":
        return tag
    name = corpus.label_names.get(pair[1], pair[1])
    return "O" if name == "O" else f"{pair[0]}-{name}"


def _known(tag: str, corpus: Corpus) -> bool:
    pair = schemes.parse(tag, corpus.scheme, corpus.names)
    if pair is None or pair[0] == "O":
        return pair is not None
    name = corpus.label_names.get(pair[1], pair[1])
    return name in corpus.labels or name == "O"


def _unknown(post: Post, at: int, corpus: Corpus) -> UnknownTag:
    tag = post.tags[at]
    letters = ", ".join(f"{letter}-" for letter in schemes.LETTERS[corpus.scheme])
    what = f"tag {tag} is not O, nor {letters} and a label of the inventory"
    remedy = _remedy(tag, corpus) + ("; if the line is a comment, delete it" if post.tokens[at] == "#" else "")
    return UnknownTag(tag, what, where=post.place(at), remedy=remedy)


def _remedy(tag: str, corpus: Corpus) -> str:
    parts = [part for part in SEVERAL.split(tag) if part]
    if len(parts) > 1 and all(schemes.parse(part, corpus.scheme, corpus.names) for part in parts):
        return f"a token has one tag: keep one of {' and '.join(parts)}"
    pair = schemes.parse(tag, corpus.scheme, corpus.names)
    if pair is None:
        upper = tag[:1].upper() + tag[1:]
        if _known(upper, corpus):
            return f"write {upper}"
        if tag in corpus.names:
            return f"write B-{tag} where an entity begins, I-{tag} where it goes on"
        return "write the tag as the line's last column: O, or B- or I- and a label"
    label = pair[1]
    if not label:
        return _bare(tag, corpus)
    same = {name.casefold(): name for name in corpus.labels}.get(label.casefold())
    if same:
        return f"write {same}, or set `label_names: {{{_yaml(label)}: {_yaml(same)}}}` for the corpus in params.yaml"
    if re.search(r"\s", label):
        name = re.sub(r"\s+", "_", label)
        return (
            f"a label holds no blank: add {_yaml(name)} to the corpus's labels in params.yaml, and "
            f"`label_names: {{{_yaml(label)}: {_yaml(name)}}}`"
        )
    return (
        f"correct the line, or add {_yaml(label)} to the corpus's labels in params.yaml; "
        f"`label_names: {{{_yaml(label)}: O}}` leaves its entities out"
    )


def _bare(tag: str, corpus: Corpus) -> str:
    """What to do about a letter without a label."""
    first = next(iter(corpus.labels))
    return f'write {tag}-{first}, say; where the corpus has one label, `label_names: {{"": {_yaml(first)}}}` names it'


def _yaml(text: str) -> str:
    plain = re.fullmatch(r"[^\W\d][\w-]*", text) and text.casefold() not in YAML_READS
    return text if plain else json.dumps(text, ensure_ascii=False)
