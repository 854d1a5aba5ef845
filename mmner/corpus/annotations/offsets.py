"""Prodigy's, spaCy's and doccano's JSON: a text, and entities whose offsets count code points."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mmner.base.errors import InputError
from mmner.corpus.annotations.posts import Source, Spanned, name, objects, span, string
from mmner.ner import tokenizers
from mmner.ner.tokenizers import Token

ANSWERS = {"reject": "rejected", "ignore": "ignored"}  # Prodigy's
ENTITIES = ("entities", "label", "labels")  # where doccano's versions have them


def prodigy(place: str, row: dict, source: Source) -> Spanned | None:
    """{text, spans: [{start, end, label}], tokens, answer}; None, and counted, where the answer is no accept."""
    if (answer := str(row.get("answer", "accept"))) != "accept":
        source.skipped[ANSWERS.get(answer, f"answer {answer}")] += 1
        return None
    meta = row["meta"] if isinstance(row.get("meta"), dict) else {}
    post = Spanned(place=place, text=string(row, "text", place), id=name(row.get("id", meta.get("id"))))
    post.domain = name(row.get("domain", meta.get("domain")))
    image = row.get("image", meta.get("image"))
    post.image = image if isinstance(image, str) and image else None
    _spans(post, objects(row.get("spans"), "spans", place))
    post.tokens = _tokens(post.text, row.get("tokens"), place)
    return post


def spacy(place: str, row: dict, source: Source) -> Spanned:
    """A Doc's to_json(): {text, ents: [{start, end, label}], tokens: [{id, start, end}]}."""
    post = Spanned(place=place, text=string(row, "text", place))
    _spans(post, objects(row.get("ents"), "ents", place))
    groups = row["spans"] if isinstance(row.get("spans"), dict) else {}
    for key, group in groups.items():
        for one in objects(group, f"spans.{key}", place):
            post.dropped.append(
                f"{one.get('start')}..{one.get('end')} {one.get('label')} left out: in span group {key}"
            )
    post.tokens = _tokens(post.text, row.get("tokens"), place)
    return post


def doccano(place: str, row: dict, source: Source) -> Spanned:
    """{text or data, label or labels or entities}, whose entities are [start, end, label], or objects.

    So is `mmner predict --to jsonl`, where a post that could not be read has an `error`.
    """
    if isinstance(row.get("error"), str) and row["error"]:
        return Spanned(place=place, text=row.get("text") or "", id=name(row.get("id")), read=False)
    text = string(row, "data" if isinstance(row.get("data"), str) else "text", place)
    post = Spanned(place=place, text=text, id=name(row.get("id")), domain=name(row.get("domain")))
    post.image = row["image"] if isinstance(row.get("image"), str) and row["image"] else None
    values = next((row[key] for key in ENTITIES if row.get(key) is not None), [])
    if not isinstance(values, list):
        remedy = "a list of [start, end, label]; labels of a whole post are no entities"
        raise InputError("bad-post", "its entities are no list", where=place, remedy=remedy)
    _spans(post, [entity(value, place) for value in values])
    tokens = row.get("tokens")
    if isinstance(tokens, list) and all(isinstance(token, str) and token for token in tokens):
        post.tokens = tokenizers.locate(tokens, text)
        if post.tokens is None:
            what = "tokens and text disagree: the text is not the tokens in order with blanks between"
            raise InputError("tokens-differ", what, where=place, remedy="take the tokens out")
    return post


def again(rows: list[tuple[str, dict]], file: str) -> list[str]:
    """What to know of posts that were accepted several times, by Prodigy's hash of the text."""
    accepted = [
        (str(row["_input_hash"]), place)
        for place, row in rows
        if row.get("answer") == "accept" and "_input_hash" in row
    ]
    first = dict(reversed(accepted))
    others = [place for key, place in accepted if first[key] != place]
    return (
        [f"{file}: {len(others)} posts were annotated before, and all are kept; the first: {others[0]}"]
        if others
        else []
    )


READERS: dict[str, Callable[[str, dict, Source], Spanned | None]] = {
    "prodigy": prodigy,
    "spacy": spacy,
    "doccano": doccano,
}


def entity(value: Any, place: str) -> dict:
    """An entity in any of these forms as {start, end, label}. Errors: InputError `bad-post`."""
    if isinstance(value, list) and len(value) == 3:
        return dict(zip(("start", "end", "label"), value, strict=True))
    if isinstance(value, dict):
        if "label" not in value:
            what = f"an entity without the key label, but {', '.join(map(str, value)) or 'none'}"
            raise InputError("bad-post", what, where=place, remedy="call the key of its label label")
        start, end = (value.get(key, value.get(f"{key}_offset")) for key in ("start", "end"))
        return {"start": start, "end": end, "label": value.get("label")}
    remedy = "an entity is [start, end, label]; labels of a whole post are none"
    raise InputError("bad-post", f"{value!r} is no entity", where=place, remedy=remedy)


def _spans(post: Spanned, entities: list[dict]) -> None:
    for one in entities:
        label = "" if one.get("label") is None else str(one["label"]).strip()
        found = span(post.text, one.get("start"), one.get("end"), label or "no label", post.place)
        if label:
            post.spans.append(found)
        else:
            post.dropped.append(f"{post.text[found.start : found.end]!r} left out: it has no label")


def _tokens(text: str, tokens: object, place: str) -> list[Token] | None:
    """The file's own tokens without those of blanks alone; None where it has none. Errors: InputError `bad-tokens`."""
    found, before = [], 0
    for token in objects(tokens, "tokens", place):
        start, end = token.get("start"), token.get("end")
        if type(start) is not int or type(end) is not int or not before <= start <= end <= len(text):
            what = f"a token from {start} to {end}, behind {before}, in a text of {len(text)} characters"
            raise InputError("bad-tokens", what, where=place, remedy="take the tokens out, or choose --tokenizer")
        before = end
        if text[start:end].strip():
            found.append(Token(text[start:end], start, end))
    return found or None
