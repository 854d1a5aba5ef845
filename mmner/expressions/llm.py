"""Expressions from a language model that reads sentence and caption (TVO 4.2, appendix A)."""

from __future__ import annotations

import re
from pathlib import Path

import pydantic

from mmner.base.params import Count
from mmner.llm import prompts
from mmner.llm.answers import AnswerSchema, ask
from mmner.llm.backend import LlmBackend
from mmner.llm.conversation import Request, Turns
from mmner.llm.params import LlmParams
from mmner.rows.contract import Budget, Memo, Result

PROMPTS = Path(__file__).parent / "prompts"
MAX_CHARACTERS = 200  # of an expression; what is longer is no phrase
_ARTICLE = re.compile(r"^(?:a|an|the)\s+", re.IGNORECASE)


class Outputs(AnswerSchema):
    expressions: list[str]

    @pydantic.field_validator("expressions")
    @classmethod
    def _phrases(cls, expressions: list[str]) -> list[str]:
        if any(len(expression) > MAX_CHARACTERS for expression in expressions):
            raise ValueError(f"an expression is longer than {MAX_CHARACTERS} characters")
        return expressions


class Expressions(LlmBackend):
    """Phrases for objects that may matter to the sentence's entities: merged, at most `max_expressions`."""

    class Params(LlmParams):
        prompt: str = "tvo"  # a file of prompts/
        max_expressions: Count = 8

    uses = ("sentence", "caption")

    def __init__(self, params: Params, memo: Memo | None = None, budget: Budget | None = None):
        super().__init__(params, memo, budget)
        self._prompt = prompts.load(PROMPTS, params.prompt, {"sentence", "caption"}, {"sentence", "caption"})

    def identity(self) -> dict:
        own_params = {"prompt": self._prompt.digest, "max_expressions": self.params.max_expressions}
        return {"backend": "llm", "version": 1, **self.params.identity(), **own_params}

    def _conversation(self, item: dict) -> Turns:
        system, user = self._prompt.fill(sentence=item["sentence"], caption=item["caption"])
        outputs = yield from ask(Request(system, user, Outputs))
        return Result({"expressions": merge(outputs.expressions)[: self.params.max_expressions]})


def merge(expressions: list[str]) -> list[str]:
    """`expressions` without those that differ from an earlier one in nothing but case, spaces, article or quotes."""
    kept: dict[str, str] = {}
    for expression in expressions:
        text = " ".join(expression.split())
        key = _ARTICLE.sub("", re.sub(r"[\"'“”‘’.]", "", text)).casefold().strip()
        if key:
            kept.setdefault(key, text)
    return list(kept.values())
