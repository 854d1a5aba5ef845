"""A language model that tags: zero-shot by the labels' definitions, few-shot with posts of train."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import pydantic

from mmner.base.errors import InputError
from mmner.llm import prompts
from mmner.llm.answers import AnswerSchema, ask
from mmner.llm.backend import LlmBackend
from mmner.llm.conversation import Request, Turns
from mmner.llm.params import LlmParams
from mmner.llm.prompts import Verbatim
from mmner.ner import iob, text
from mmner.ner.fewshot import Shots, draw
from mmner.rows.contract import Budget, Item, Memo, Result
from mmner.tag.placing import placed

PROMPTS = Path(__file__).parent / "prompts"


class Tags(LlmBackend):
    """Entities by a language model, as texts with labels; constrained to the corpus's labels where the server can.

    `shots`: the prompt shows sentences of train with their entities, those that a run with the same shots learns from;
    no other gold is read, and none of dev and test.
    """

    class Params(LlmParams):
        prompt: str = "spans"  # a file of prompts/
        shots: Shots | None = None  # null: the labels' definitions alone

    uses = ("tokens", "sentence", "labels", "shots")
    reads_gold = True
    whole = True  # the shots are drawn from all of train

    def __init__(self, params: Params, memo: Memo | None = None, budget: Budget | None = None):
        super().__init__(params, memo, budget)
        self._prompt = prompts.load(PROMPTS, params.prompt, {"labels", "shape", "shots", "sentence"}, {"sentence"})
        self._schemas: dict[tuple[str, ...], type[AnswerSchema]] = {}

    def identity(self) -> dict:
        return {"backend": "llm", "version": 2, **self.params.identity(), "prompt": self._prompt.digest}

    def prepare(self, items: Sequence[Item]) -> list[Item]:
        """`items` with the field `shots`, and without gold. Errors: InputError `no-mention`."""
        shots = self._drawn([item for item in items if item["split"] == "train"]) if self.params.shots else []
        return [{key: value for key, value in item.items() if key != "tags"} | {"shots": shots} for item in items]

    def prepare_new(self, items: Sequence[Item]) -> list[Item]:
        raise NotImplementedError("a system tags a corpus's posts")

    def _drawn(self, train: Sequence[Item]) -> list[dict]:
        numbers = draw([item["tags"] for item in train], self.params.shots)
        if not numbers:
            what = "no sentence of train mentions anything: there are no shots to draw"
            raise InputError("no-mention", what, remedy="leave out `shots`: zero-shot needs no train")
        return [_example(train[number]) for number in numbers]

    def _conversation(self, item: dict) -> Turns:
        system, user = self._filled(item, item["shots"])
        examples = self._filled(item, [shot for shot in item["shots"] if not _names_of(shot, item)])
        found = yield from ask(Request(system, user, self._schema(item["labels"]), examples=examples))
        named = [(one.text, one.label) for one in found.entities]
        tags, unplaced = placed(item["tokens"], named)
        return Result({"tags": tags, "unplaced": unplaced})

    def _filled(self, item: dict, shots: Sequence[dict]) -> tuple[str, str]:
        """The prompt about `item`, (system, user), that shows `shots`."""
        labels = item["labels"]
        shown = "\n".join(f"Text: {_json(shot['text'])}\nOutputs: {_json(_outputs(shot))}" for shot in shots)
        return self._prompt.fill(
            labels=Verbatim("\n".join(f"{label}: {labels[label]}" for label in sorted(labels))),
            shape=Verbatim('{"entities": [{"text": "…", "label": "…"}]}'),
            shots=Verbatim(shown) if shown else None,
            sentence=item["sentence"],
        )

    def _schema(self, labels: Mapping[str, str]) -> type[AnswerSchema]:
        """{entities: [{text, label}]}, where a label is one of `labels`."""
        names = tuple(sorted(labels))
        if names not in self._schemas:
            kinds = {"text": (str, ...), "label": (Literal[names], ...)}
            entity = pydantic.create_model("Entity", __base__=AnswerSchema, **kinds)
            self._schemas[names] = pydantic.create_model("Outputs", __base__=AnswerSchema, entities=(list[entity], ...))
        return self._schemas[names]


def _example(item: Item) -> dict:
    """{text, entities: [{text, label}]} of a post of train."""
    spans = iob.spans(item["tags"])
    entities = [{"text": _text(item, *span), "label": label} for *span, label in spans]
    return {"text": item["sentence"], "entities": entities}


def _text(item: Item, start: int, end: int) -> str:
    return text.sentence(item["tokens"][start:end], item["language"])


def _names_of(shot: dict, item: dict) -> bool:
    """Whether the post has the texts of all entities of `shot`: then an answer may well be the same."""
    sentence = item["sentence"].casefold()
    return all(one["text"].casefold() in sentence for one in shot["entities"])


def _outputs(shot: dict) -> dict:
    return {"entities": shot["entities"]}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
