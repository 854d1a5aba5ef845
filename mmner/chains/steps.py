"""The backend `steps`: a chain made of the results of earlier stages, without a language model.

IAC eq. 2: R^(k) = F(C^(k), T^(k)), each step with its own part of caption and text; eq. 3: a step builds on the
answers of those before. Here C^(k) are pieces of the caption (`image`), T^(k) are the names (`entities`), their
articles (`knowledge`) and, for `types`, nothing but the results of the steps before: a chain without `image` types no
name by what the image shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Literal

import pydantic

from mmner.base.params import Count, no_duplicates
from mmner.chains import evidence
from mmner.chains.zero_shot import NEUTRAL, Guess, guess, meaning
from mmner.networks.encoders import EncoderParams
from mmner.networks.sentences import SentenceEncoder
from mmner.rows.contract import Backend, Item, Result

StepName = Literal["entities", "image", "knowledge", "types"]

MAX_PARTS = 3  # pieces of the caption that the image step repeats


@dataclass
class ChainState:
    """A post and the results of its steps. names: the candidates' texts. parts, facts: empty until their step."""

    post: dict
    names: list[str]
    parts: list[evidence.CaptionPart] = field(default_factory=list)
    facts: dict[str, list[dict]] = field(default_factory=dict)


class Steps(Backend):
    """K named steps, each of one or more short sentences; all together have at most `max_pieces` word pieces."""

    class Params(EncoderParams):
        steps: Annotated[list[StepName], pydantic.Field(min_length=1), pydantic.AfterValidator(no_duplicates)]
        max_pieces: Count = 96  # of the encoder's vocabulary; what the fused model takes of a chain
        batch_size: Count = 32

    uses = ("sentence", "caption", "spans", "facts", "labels")

    def identity(self) -> dict:
        return {"backend": "steps", "version": 4} | self.params.identity(self.memo)

    @cached_property
    def _encoder(self) -> SentenceEncoder:
        return SentenceEncoder(self.params.encoder)

    def __call__(self, items: list[Item]) -> list[Result]:
        self._encoder([text for item in items for text in _texts(item)])  # all at once; each step finds its own again
        return [Result({"steps": self._chain(item)}) for item in items]

    def _chain(self, item: dict) -> list[dict]:
        state = ChainState(item, _names(item))
        clauses = [(name, getattr(self, f"_{name}")(state)) for name in self.params.steps]
        self._shorten([clauses_of_step for _, clauses_of_step in clauses])
        return [{"name": name, "text": " ".join(clauses_of_step)} for name, clauses_of_step in clauses]

    def _shorten(self, steps: Sequence[list[str]]) -> None:
        """Remove the last clause of the longest step until all steps fit; each keeps its first, most important one."""
        sizes = [[len(self._encoder.tokenizer.tokenize(clause)) for clause in step] for step in steps]
        while sum(map(sum, sizes)) > self.params.max_pieces:
            longest = max(
                (i for i in range(len(steps)) if len(steps[i]) > 1), key=lambda i: sum(sizes[i]), default=None
            )
            if longest is None:
                return
            steps[longest].pop()
            sizes[longest].pop()

    def _entities(self, state: ChainState) -> list[str]:
        if not state.names:
            return ["The sentence names nobody and nothing."]
        *others, last = state.names
        names = [*(f"{name};" for name in others), f"{last}."]
        return [f"Names: {names[0]}", *names[1:]]

    def _image(self, state: ChainState) -> list[str]:
        """Sentences on the caption's pieces: first those with a name in them, then those nearest to the sentence."""
        parts = evidence.caption_parts(state.post["caption"])
        if not parts:
            return ["The image adds nothing."]
        similarity = self._encoder.cosines([part.text for part in parts], state.post["sentence"])
        named = [_names_in(part, state.names) for part in parts]
        order = sorted(range(len(parts)), key=lambda i: (not named[i], -similarity[i]))[:MAX_PARTS]
        state.parts = [parts[i] for i in order]
        clauses = []
        for i in order:
            text = f'"{parts[i].text}"' if parts[i].quoted else parts[i].text
            verb = "reads" if parts[i].quoted else "shows"
            clauses.append(f"The image names {named[i]}: {text}." if named[i] else f"The image {verb} {text}.")
        return clauses

    def _knowledge(self, state: ChainState) -> list[str]:
        for fact in state.post["facts"] or ():
            if fact["kept"]:
                state.facts.setdefault(fact["candidate"], []).append(fact)
        sentences = [_fact_sentence(name, state.facts[name][0]) for name in state.names if name in state.facts]
        return sentences or ["Nothing is known."]

    def _types(self, state: ChainState) -> list[str]:
        """A type for each name with evidence, then the names without."""
        guesses = {name: self._guess(state, name) for name in state.names}
        labels = state.post["labels"]
        clauses = []
        for name, guessed in sorted(guesses.items(), key=lambda pair: pair[1] is None):
            if guessed is None:
                clauses.append(f"Nothing shows what {name} is.")
            else:
                verb = "is" if guessed.is_sure else "may be"
                clauses.append(f"{name} {verb} {meaning(labels[guessed.label])} ({guessed.label}).")
        return clauses or ["No name, no type."]

    def _guess(self, state: ChainState, name: str) -> Guess | None:
        """The nearest type by the facts on `name`; without facts, by the caption's pieces that have `name` in them.

        The sentence is no evidence here: its similarity to the definitions gave the right type for 33% to 45% of the
        names of 350 tweets, of which the commonest type has 48%. Nor are pieces of the caption without the name: 21% of
        28 names of the sample. The fused model reads both itself.
        """
        labels = state.post["labels"]
        by_facts = guess(_fact_texts(state.facts.get(name, ()), name), labels, self._encoder)
        return by_facts or guess(_texts_beside(state.parts, name), labels, self._encoder)


def _names(item: dict) -> list[str]:
    return list(dict.fromkeys(span["text"] for span in item["spans"] or ()))


def _names_in(part: evidence.CaptionPart, names: Sequence[str]) -> str:
    return " and ".join(name for name in names if evidence.mentions(part.text, name))


def _fact_sentence(name: str, fact: dict) -> str:
    """`fact` as one short sentence with the name in it."""
    description = evidence.description(fact["summary"], fact["title"])
    return (
        f"{name} is {description}."
        if description.split(" ")[0] in ("a", "an", "the", "one")
        else f"{name}: {description.rstrip('.')}."
    )


def _fact_texts(facts: Sequence[dict], name: str) -> list[str]:
    return [evidence.without(evidence.description(fact["summary"], fact["title"]), name) for fact in facts]


def _texts_beside(parts: Sequence[evidence.CaptionPart], name: str) -> list[str]:
    """The rest of each of `parts` that has `name` in it; a piece of the name alone is left out."""
    texts = [evidence.without(part.text, name).lower() for part in parts if evidence.mentions(part.text, name)]
    return [text for text in texts if text]


def _texts(item: dict) -> list[str]:
    """Every text whose vector a step may need for `item`."""
    parts = evidence.caption_parts(item["caption"])
    texts = [item["sentence"], *NEUTRAL, *item["labels"].values(), *(part.text for part in parts)]
    for name in _names(item):
        facts = [fact for fact in item["facts"] or () if fact["kept"] and fact["candidate"] == name]
        texts += [*_fact_texts(facts, name), *_texts_beside(parts, name)]
    return texts
