"""Answers as other tools read them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from mmner.ner import tokenizers
from mmner.predict.answers import Answer


@dataclass(frozen=True)
class Format:
    """How answers are written: `write` makes the text of one, which needs no other; between two stands `between`."""

    write: Callable[[Answer], str]
    begin: str = ""
    between: str = ""
    end: str = ""


def _line(content: object) -> str:
    return json.dumps(content, ensure_ascii=False) + "\n"


def as_jsonl(answer: Answer) -> str:
    """The answer itself, a line."""
    return _line(answer.as_dict())


def as_conll(answer: Answer) -> str:
    """`token<TAB>tag` lines, IOB2, after comments with id and error; an empty line ends a post."""
    comments = "".join(
        f"# {key} = {' '.join(value.split())}\n" for key, value in (("id", answer.id), ("error", answer.error)) if value
    )
    lines = "".join(f"{_cell(token)}\t{tag}\n" for token, tag in zip(answer.tokens, answer.tags, strict=True))
    return f"{comments}{lines}\n"


def _cell(token: str) -> str:
    """A token as a column can hold it: blanks within it, which end a column or a line, become U+00A0."""
    return "".join("\u00a0" if char.isspace() else char for char in token)


def as_spacy(answer: Answer) -> str:
    """A line of spaCy's JSON: `Doc(nlp.vocab).from_json(json.loads(line))`."""
    tokens = tokenizers.locate(answer.tokens, answer.text or "") or []
    return _line(
        {
            "text": answer.text or "",
            "ents": [{"start": one.start, "end": one.end, "label": one.label} for one in answer.entities],
            "tokens": [{"id": number, "start": one.start, "end": one.end} for number, one in enumerate(tokens)],
        }
    )


def as_labelstudio(answer: Answer) -> str:
    """A task with predictions, for a project with <Text name="text"> and <Labels name="label">.

    Label Studio's offsets count UTF-16 code units, of which an emoji has two.
    """
    text = answer.text or ""
    results = [
        {
            "id": f"entity-{number}",
            "from_name": "label",
            "to_name": "text",
            "type": "labels",
            "score": entity.score,
            "value": {
                "start": utf16(text[: entity.start]),
                "end": utf16(text[: entity.end]),
                "text": entity.text,
                "labels": [entity.label],
            },
        }
        for number, entity in enumerate(answer.entities)
    ]
    score = min((entity.score for entity in answer.entities), default=1.0)
    task = {"data": {"text": text}, "predictions": [{"model_version": "mmner", "score": score, "result": results}]}
    if answer.id is not None:
        task["data"]["id"] = answer.id
    return json.dumps(task, ensure_ascii=False)


def utf16(text: str) -> int:
    """How many UTF-16 code units `text` has."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


FORMATS = {
    "jsonl": Format(as_jsonl),
    "conll": Format(as_conll),
    "spacy": Format(as_spacy),
    "labelstudio": Format(as_labelstudio, begin="[\n", between=",\n", end="\n]\n"),
}
