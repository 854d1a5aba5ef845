"""What other systems predict, as their files have it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mmner.base import decoding
from mmner.base.errors import InputError
from mmner.corpus import json_posts, split_files
from mmner.corpus.annotations import files, offsets
from mmner.corpus.annotations.posts import Spanned, name, span
from mmner.ner import schemes

ID = re.compile(r"#\s*id\s*=\s*(.*\S)")  # of `mmner predict --to conll`


@dataclass(kw_only=True)
class Answer:
    """One post's answer: tags, or entities {start, end, label} in code points of `text`, or of our text where there is
    none. tokens: the system's own; None: it has ours. read: whether the system could read the post. places: file:line
    of each tag; None: `place`."""

    place: str
    id: str | None = None
    tokens: list[str] | None = None
    tags: list[str] | None = None
    text: str | None = None
    entities: list[dict] | None = None
    read: bool = True
    places: list[str] | None = None

    @property
    def characters(self) -> str | None:
        """The post without its blanks; None where the answer does not say it."""
        whole = "".join(self.tokens) if self.tokens is not None else self.text
        return None if whole is None else squeezed(whole)


@dataclass
class System:
    """A file of answers. described: how it was read. sure: whether its ids are meant as such. scheme: of its tags."""

    file: str
    answers: list[Answer] = field(default_factory=list)
    described: str = ""
    sure: bool = True
    scheme: str = "iob2"

    @property
    def end(self) -> str:
        """Where the last answer stands."""
        return self.answers[-1].place if self.answers else f"{self.file}:1"


def squeezed(text: str) -> str:
    """`text` without blanks: what two ways to split it into tokens share."""
    return "".join(char for char in text if not char.isspace())


def read(path: Path, labels: Sequence[str], scheme: str | None = None) -> System:
    """The answers in the file at `path`. labels: of gold. scheme: of its tags; None: as they look.

    Errors: InputError `missing-file`, `not-utf8`, `bad-post`, those of mmner.corpus.split_files and
    mmner.corpus.annotations.
    """
    file = path.as_posix()
    if not path.is_file():
        raise InputError("missing-file", "no file to be read from", where=file, remedy="correct its name")
    text = decoding.decoded(path.read_bytes(), file)[0]
    shape = json_posts.form(text.replace("\r\n", "\n"), file)
    system = _columns(path, file) if shape is None else _json(path, file, text, shape)
    tags = [answer.tags for answer in system.answers if answer.tags is not None]
    if tags:
        system.scheme = scheme or schemes.looks_like(tags, labels) or "iob2"
        system.described += f", tags of {system.scheme}"
    return system


def _columns(path: Path, file: str) -> System:
    opened = split_files.open_split(path, file)
    lines = opened.text.split("\n")
    posts = [] if opened.form else list(opened.posts())
    ids = [post.id or _comment(lines, post.line) for post in posts]
    answers = [
        Answer(
            place=post.source,
            id=identifier,
            tokens=post.tokens,
            tags=post.tags,
            places=[*map(post.place, range(len(post.tags)))],
        )
        for post, identifier in zip(posts, ids, strict=True)
    ]
    return System(file, answers, opened.describe(), all(post.id for post in posts))


def _comment(lines: Sequence[str], first: int) -> str | None:
    """The id in the comments right above line `first` (1-based)."""
    for line in reversed(lines[: first - 1]):
        if not line.startswith("#"):
            return None
        if match := ID.match(line):
            return match[1]
    return None


def _json(path: Path, file: str, text: str, shape: str) -> System:
    rows = list(files.rows(text, file, shape))
    if {shown for _, row in rows if (shown := files.shown(row))} & {"labelstudio", "spacy", "prodigy"}:
        source = files.read(path, file)
        return System(file, [_of_tool(post) for post in source.posts], source.described)
    return System(file, [_answer(place, row) for place, row in rows], f"{file}: {shape}")


def _of_tool(post: Spanned) -> Answer:
    entities = [{"start": one.start, "end": one.end, "label": one.label} for one in post.spans]
    return Answer(place=post.place, id=post.id, text=post.text, entities=entities)


def _answer(place: str, row: dict) -> Answer:
    answer = Answer(place=place, id=name(row.get("id")))
    if isinstance(row.get("error"), str) and row["error"]:
        answer.read = False
        return answer
    for key in ("tokens", "tags"):
        value = row.get(key)
        if value is not None and not (isinstance(value, list) and all(isinstance(one, str) and one for one in value)):
            raise InputError("bad-post", f"{key} is no list of texts", where=place, remedy="one text a token")
    answer.tokens, answer.tags = row.get("tokens"), row.get("tags")
    answer.text = next((row[key] for key in ("text", "data") if isinstance(row.get(key), str)), None)
    if answer.tags is not None:
        _check_tokens(answer)
        return answer
    answer.tokens = None if answer.text is not None else answer.tokens
    found = next((row[key] for key in offsets.ENTITIES if isinstance(row.get(key), list)), None)
    if found is None:
        what = f"neither tags nor entities, but {', '.join(row) or 'nothing'}"
        remedy = 'write {"id": ..., "tags": [...]} or {"id": ..., "entities": [{"start": 0, "end": 4, "label": "PER"}]}'
        raise InputError("bad-post", what, where=place, remedy=remedy)
    answer.entities = [offsets.entity(one, place) for one in found]
    return answer


def _check_tokens(answer: Answer) -> None:
    """Errors: InputError `tokens-tags-mismatch`, `tokens-differ`."""
    if answer.tokens is None:
        return
    if len(answer.tokens) != len(answer.tags):
        what = f"{len(answer.tokens)} tokens, {len(answer.tags)} tags"
        raise InputError("tokens-tags-mismatch", what, where=answer.place, remedy="give every token one tag")
    if answer.text is not None and squeezed(answer.text) != answer.characters:
        what = "tokens and text disagree: the text is not the tokens in order, whatever the blanks"
        raise InputError("tokens-differ", what, where=answer.place, remedy="take the text out: tags are of the tokens")


def ranges(answer: Answer, ours: str) -> list[tuple[int, int, str]]:
    """(start, end, label) of each entity of `answer`, in characters of the post without its blanks. ours: our text.

    Errors: InputError `bad-span`.
    """
    text = ours if answer.text is None else answer.text
    before = [0]
    for char in text:
        before.append(before[-1] + (not char.isspace()))
    found = []
    for one in answer.entities or []:
        label = str(one["label"] or "")
        kept = span(text, one["start"], one["end"], label or "no label", answer.place)
        found.append((before[kept.start], before[kept.end], label))
    return found
