"""Posts that a user brings, checked: text or tokens, perhaps an image, and whatever stages need not make."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import pydantic
from pydantic import AfterValidator, BeforeValidator, Discriminator, Tag

from mmner.base.errors import InputError
from mmner.base.params import Words
from mmner.ner import languages, text, tokenizers
from mmner.rows import precomputed_rows

MAX_CHARACTERS = 1_000_000  # of one post

# What a post may bring -> the stage that need not make it then.
BROUGHT = {
    "caption": "captions",
    "candidates": "candidates",
    "facts": "knowledge",
    "expressions": "expressions",
    "regions": "regions",
    "chain": "chains",
}


class Span(pydantic.BaseModel):
    """A candidate: start..end (end exclusive), in code points of `text`, or in tokens where there are tokens alone."""

    model_config = pydantic.ConfigDict(extra="forbid", allow_inf_nan=False)

    start: Annotated[int, pydantic.Field(ge=0)]
    end: Annotated[int, pydantic.Field(gt=0)]
    text: str | None = None
    score: float = 1.0


class Fact(pydantic.BaseModel):
    """What somebody knows about a candidate, which it names as the text has it."""

    model_config = pydantic.ConfigDict(extra="forbid", allow_inf_nan=False)

    candidate: str
    title: str
    summary: str
    url: str | None = None
    page: int | None = None
    revision: int | None = None
    relevance: float = 1.0
    kept: bool = True


def _text(value: str) -> str:
    if any("\ud800" <= char <= "\udfff" for char in value):
        raise ValueError("it holds half a character (a lone surrogate)")
    if len(value) > MAX_CHARACTERS:
        raise ValueError(f"{len(value)} characters, more than {MAX_CHARACTERS}")
    return value


def _token(value: str) -> str:
    if not value:
        raise ValueError("an empty token")
    return _text(value)


def _path(value: str) -> str:
    if "\0" in value:
        raise ValueError(f"{value!r} is no path")
    return _text(value)


Text = Annotated[str, AfterValidator(_text)]
Token = Annotated[str, AfterValidator(_token)]
Image = Annotated[str, BeforeValidator(lambda value: str(value) if isinstance(value, Path) else value)]
Chain = Annotated[
    Annotated[Words, AfterValidator(_text), Tag("text")] | Annotated[list[precomputed_rows.Step], Tag("steps")],
    Discriminator(lambda value: "text" if isinstance(value, str) else "steps"),
]


class Post(pydantic.BaseModel):
    """One post: `text`, or `tokens`, or both where they agree; the rest may be missing.

    image: the path of a file. language: BCP 47 or ISO 639. chain: one text, or steps {name, text}.
    """

    model_config = pydantic.ConfigDict(extra="forbid")

    text: Text | None = None
    tokens: list[Token] | None = None
    image: Annotated[Image, AfterValidator(_path)] | None = None
    domain: Text | None = None
    language: Annotated[str, AfterValidator(languages.fold)] | None = None
    id: Annotated[Text | None, BeforeValidator(lambda value: str(value) if type(value) is int else value)] = None
    caption: Text | None = None
    candidates: list[Span] | None = None
    facts: list[Fact] | None = None
    expressions: list[Text] | None = None
    regions: list[precomputed_rows.Region] | None = None
    chain: Chain | None = None


@dataclass(frozen=True)
class Ready:
    """A post whose tokens are known, and where each stands in its text. own: what it brings, by stage, as the
    artifact's columns."""

    post: Post
    text: str
    tokens: list[tokenizers.Token]
    language: str
    own: dict[str, dict[str, Any]]


def read(given: str | Mapping[str, Any] | Post, where: str = "post") -> Post:
    """`given` as a Post; a string is its text. Errors: InputError `bad-post` with the key."""
    if isinstance(given, Post):
        return given
    try:
        return Post.model_validate({"text": given} if isinstance(given, str) else given)
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        what = "unknown key" if first["type"] == "extra_forbidden" else first["msg"].removeprefix("Value error, ")
        remedy = f"a post may have: {', '.join(Post.model_fields)}"
        raise InputError("bad-post", f"{key}: {what}" if key else what, where=where, remedy=remedy) from error


def ready(post: Post, tokenizer: tokenizers.Tokenizer, language: str, where: str = "post") -> Ready:
    """`post` with its tokens: its own, else those of `tokenizer`. language: where the post names none.

    Errors: InputError `no-text`, `tokens-differ`, `bad-post`.
    """
    language = post.language or language
    if post.tokens is None:
        if post.text is None or not (tokens := tokenizers.tokenize(post.text, tokenizer)):
            raise InputError("no-text", "a post without text", where=where, remedy="give it `text` or `tokens`")
        whole = post.text
    else:
        if not post.tokens:
            raise InputError("no-text", "a post without tokens", where=where, remedy="give it `text` or `tokens`")
        whole = post.text if post.text is not None else text.sentence(post.tokens, language)
        located = tokenizers.locate(post.tokens, whole) if post.text is not None else _placed(post.tokens, language)
        if located is None:
            what = "tokens and text disagree: the text is not the tokens in order with blanks between"
            raise InputError("tokens-differ", what, where=where, remedy="leave one of the two out")
        tokens = located
    own = {stage: value for key, stage in BROUGHT.items() if (value := _own(post, key, whole, tokens, language, where))}
    return Ready(post, whole, tokens, language, own)


def _placed(tokens: list[str], language: str) -> list[tokenizers.Token]:
    """`tokens` where `text.sentence` puts them."""
    ends = itertools.accumulate(len(token) for token in tokens)
    gap = len(text.sentence(["", ""], language))
    return [
        tokenizers.Token(token, end - len(token) + gap * at, end + gap * at)
        for at, (token, end) in enumerate(zip(tokens, ends, strict=True))
    ]


def _own(post: Post, key: str, whole: str, tokens: list[tokenizers.Token], language: str, where: str) -> dict | None:
    """What `post` brings as `key`, as the columns of that stage's artifact; None where it brings nothing."""
    value = getattr(post, key)
    if value is None:
        return None
    if key == "caption":
        return {"caption": value}
    if key == "chain":
        steps = [precomputed_rows.Step(name="reasoning", text=value)] if isinstance(value, str) else value
        return {"steps": [step.model_dump() for step in steps]}
    if key == "candidates":
        return {"spans": [_span(span, post, tokens, language, f"{where}: candidates") for span in value]}
    if key == "regions":
        for region in value:
            if region.box.x0 >= region.box.x1 or region.box.y0 >= region.box.y1:
                what = f"the box of {region.expression!r} is empty"
                raise InputError("bad-post", what, where=f"{where}: regions", remedy="x0 < x1 and y0 < y1, in 0..1")
    return {key: [one if isinstance(one, str) else one.model_dump() for one in value]}


def _span(span: Span, post: Post, tokens: list[tokenizers.Token], language: str, where: str) -> dict:
    start, end = span.start, span.end
    if post.text is not None:  # code points: those of the tokens that it touches
        touched = [at for at, token in enumerate(tokens) if token.start < end and token.end > start]
        start, end = (touched[0], touched[-1] + 1) if touched else (0, 0)
    if not start < end <= len(tokens):
        unit = f"{len(tokens)} tokens" if post.text is None else "the text"
        what = f"{span.start}..{span.end} is no span of {unit}"
        raise InputError("bad-post", what, where=where, remedy="0 <= start < end, end exclusive")
    own = text.sentence([token.text for token in tokens[start:end]], language)
    return {"start": start, "end": end, "text": own if span.text is None else span.text, "score": span.score}
