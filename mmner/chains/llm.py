"""Chains from a language model, step by step or in one call (IAC 3.2, CRC)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated

import pydantic

from mmner.base.params import Count, Place, no_duplicates
from mmner.base.requirements import Requirement, Weights
from mmner.chains import evidence
from mmner.llm import prompts
from mmner.llm.answers import AnswerSchema, ask
from mmner.llm.backend import LlmBackend
from mmner.llm.conversation import Request, Turns
from mmner.llm.params import LlmParams
from mmner.llm.prompts import Prompt, Verbatim
from mmner.networks import encoders
from mmner.networks.encoders import MINILM
from mmner.networks.sentences import Encode, SentenceEncoder, cosine
from mmner.rows.contract import Budget, Item, Memo, Result

STEPS = ("entities", "image", "knowledge", "types")
PROMPTS = Path(__file__).parent / "prompts"


class Text(AnswerSchema):
    text: str


class Chains(LlmBackend):
    """{R(k)}, k = 1..K: one request a step, or one request for all steps.

    C(k): the `max_parts` pieces of the caption that are nearest to the sentence and the answer of step k - 1, by the
    cosine of sentence vectors. The paper selects them in the fused representation h, which only a trained model has.
    """

    class Params(LlmParams):
        steps: Annotated[list[str], pydantic.Field(min_length=1), pydantic.AfterValidator(no_duplicates)] = [*STEPS]
        one_call: bool = False
        encoder: Place | None = MINILM  # that selects pieces of the caption; null: every step sees all
        max_parts: Count = 4
        max_words: Count = 40  # asked of a step's text

        def requirements(self) -> tuple[Requirement, ...]:
            return (
                (*super().requirements(), Weights(self.encoder, text=True)) if self.encoder else super().requirements()
            )

    uses = ("sentence", "caption", "spans", "facts", "labels")

    def __init__(self, params: Params, memo: Memo | None = None, budget: Budget | None = None):
        super().__init__(params, memo, budget)
        placeholders = {"sentence", "caption", "answers", "labels", "shape", "words", "candidates", "facts"}
        frame = prompts.load(PROMPTS, "frame", placeholders | {"task"}, {"sentence"})
        self._tasks = {step: prompts.fragment(PROMPTS, step, placeholders) for step in params.steps}
        if params.one_call:
            tasks = ["Do these steps in this order, each with the texts of those before it.", *self._tasks.values()]
            schema = pydantic.create_model("Chain", __base__=AnswerSchema, **dict.fromkeys(params.steps, (str, ...)))
            self._requests = [(_with_task(frame, "\n\n".join(tasks)), schema)]
        else:
            self._requests = [(_with_task(frame, task), Text) for task in self._tasks.values()]

    def identity(self) -> dict:
        digest = hashlib.sha256("".join(prompt.digest for prompt, _ in self._requests).encode()).hexdigest()
        names = {"steps", "one_call", "max_parts", "max_words"}
        return {
            "backend": "llm",
            "version": 2,
            "prompt": digest,
            **self.params.identity(),
            **self.params.model_dump(include=names),
            "encoder": self.params.encoder,
            **(encoders.sentence_identity(self.params.encoder, self.memo) if self.params.encoder else {}),
        }

    @cached_property
    def _encoder(self) -> SentenceEncoder:
        return SentenceEncoder(self.params.encoder)

    def __call__(self, items: list[Item]) -> list[Result]:
        if self.params.encoder:  # all at once; each step finds its own again
            self._encoder([text for item in items for text in (*_parts(item["caption"]), item["sentence"])])
        return super().__call__(items)

    def remembered(self, items: list[Item]) -> list[bool]:
        return [False] * len(items)  # a step's request takes the encoder, and a forecast loads no network

    def _conversation(self, item: dict) -> Turns:
        answers: dict[str, str] = {}
        for prompt, schema in self._requests:
            system, user = prompt.fill(**self._values(item, answers, schema))
            answer = (yield from ask(Request(system, user, schema))).model_dump()
            texts = answer if self.params.one_call else {self.params.steps[len(answers)]: answer["text"]}
            answers |= {name: " ".join(text.split()) for name, text in texts.items()}
        return Result({"steps": [{"name": name, "text": answers[name]} for name in self.params.steps]})

    def _values(self, item: dict, answers: dict[str, str], schema: type[AnswerSchema]) -> dict:
        kept = [fact for fact in item["facts"] or () if fact["kept"]]
        facts = [{name: fact[name] for name in ("candidate", "title", "summary")} for fact in kept]
        shape = ", ".join(f'"{name}": "…"' for name in schema.model_fields)
        return {
            "sentence": item["sentence"],
            "caption": self._nearest_parts(item, answers),
            "answers": answers or None,
            "candidates": list(dict.fromkeys(span["text"] for span in item["spans"] or ())) or None,
            "facts": facts or None,
            "labels": Verbatim("\n".join(f"{label}: {item['labels'][label]}" for label in sorted(item["labels"]))),
            "shape": Verbatim(f"{{{shape}}}"),
            "words": Verbatim(self.params.max_words),
        }

    def _nearest_parts(self, item: dict, answers: dict[str, str]) -> list[str] | None:
        """C(k), in the caption's order."""
        parts = _parts(item["caption"])
        if not parts or not self.params.encoder or len(parts) <= self.params.max_parts:
            return parts or None
        queries = [item["sentence"], *list(answers.values())[-1:]]

        def similarity(encode: Encode, some: Sequence[str]) -> Iterator[float]:
            return (sum(cosine(encode, part, query) for query in queries) for part in some)

        near = self._encoder.settled(parts, similarity)
        best = sorted(range(len(parts)), key=lambda place: -near[place])[: self.params.max_parts]
        return [parts[place] for place in sorted(best)]


def _parts(caption: str | None) -> list[str]:
    return [f"the words: {piece.text}" if piece.quoted else piece.text for piece in evidence.caption_parts(caption)]


def _with_task(frame: Prompt, task: str) -> Prompt:
    return Prompt(frame.system, frame.user.replace("{task}", task))
