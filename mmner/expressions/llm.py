"""Expressions from a language model that reads sentence and caption (TVO 4.2, appendix A)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import pydantic

from mmner.llm import prompts
from mmner.llm.answers import Root, ask
from mmner.llm.door import Door, rows_a_call
from mmner.llm.params import Llm
from mmner.llm.talk import Request, Steps
from mmner.rows.contract import Result

PROMPTS = Path(__file__).parent / "prompts"
MAX_CHARACTERS = 200  # of an expression; what is longer is no phrase
_ARTICLE = re.compile(r"^(?:a|an|the)\s+", re.IGNORECASE)


class Outputs(Root):
    expressions: list[str]

    @pydantic.field_validator("expressions")
    @classmethod
    def _phrases(cls, expressions: list[str]) -> list[str]:
        if any(len(expression) > MAX_CHARACTERS for expression in expressions):
            raise ValueError(f"an expression is longer than {MAX_CHARACTERS} characters")
        return expressions


class Expressions:
    """What in the picture may matter to the sentence's entities; equal ones merged, at most `max_expressions`."""

    class Params(Llm):
        prompt: str = "tvo"  # a file of prompts/
        max_expressions: Annotated[int, pydantic.Field(ge=1)] = 8

    uses = ("sentence", "caption")
    reads_image = False

    def __init__(self, params: Params):
        self.params, self.batch_size = params, rows_a_call(params)
        self._prompt = prompts.load(PROMPTS, params.prompt, {"sentence", "caption"})
        self._door = Door(params)

    def identity(self) -> dict:
        ours = {"prompt": self._prompt.digest, "max_expressions": self.params.max_expressions}
        return {"backend": "llm", "version": 1, **self.params.identity(), **ours}

    def __call__(self, items: list[dict]) -> list[Result]:
        return self._door(self._talk(item) for item in items)

    def remembered(self, items: list[dict]) -> list[bool]:
        return self._door.remembered(self._talk(item) for item in items)

    def _talk(self, item: dict) -> Steps:
        system, user = self._prompt.fill(sentence=item["sentence"], caption=item["caption"])
        outputs = yield from ask(Request(system, user, Outputs))
        return Result({"expressions": merge(outputs.expressions)[: self.params.max_expressions]})


def merge(expressions: list[str]) -> list[str]:
    """`expressions` without those that differ from one before in case, spaces, article or quotes alone."""
    first: dict[str, str] = {}
    for expression in expressions:
        text = " ".join(expression.split())
        key = _ARTICLE.sub("", re.sub(r"[\"'“”‘’.]", "", text)).casefold().strip()
        if key:
            first.setdefault(key, text)
    return list(first.values())
