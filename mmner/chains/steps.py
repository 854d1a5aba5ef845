"""The backend `steps`: a chain assembled from what the stages before found, without a language model.

IAC eq. 2: R^(k) = F(C^(k), T^(k)), each step with its own part of caption and text; eq. 3: a step builds on the
answers of those before. Here C^(k) are pieces of the caption (`image`), T^(k) are the names (`entities`), their
articles (`knowledge`) and, for `types`, exactly what the steps before left on the board, so that a chain without
`image` types no name by what the image says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Literal

import pydantic

from mmner.base.params import no_duplicates
from mmner.chains import evidence
from mmner.chains.zero_shot import NEUTRAL, Guess, guess, meaning
from mmner.networks.encoders import EncoderParams, SentenceEncoder
from mmner.rows.contract import Backend, Item, Result

Positive = Annotated[int, pydantic.Field(ge=1)]
Name = Literal["entities", "image", "knowledge", "types"]

MAX_PARTS = 3  # pieces of the caption that the image step repeats
SURE = 0.06  # margin of a guess under which it is worded as one


@dataclass
class Board:
    """One post and the answers so far. names: the candidates' texts. parts, facts: None until their step."""

    post: dict
    names: list[str]
    parts: list[evidence.Part] = field(default_factory=list)
    facts: dict[str, list[dict]] = field(default_factory=dict)


class Steps(Backend):
    """K named steps, each one or more short sentences; together at most `max_pieces` word pieces."""

    class Params(EncoderParams):
        steps: Annotated[list[Name], pydantic.Field(min_length=1), pydantic.AfterValidator(no_duplicates)]
        max_pieces: Positive = 96  # of the encoder's vocabulary; what the fused model takes of a chain
        batch_size: Positive = 32

    uses = ("sentence", "caption", "spans", "facts", "labels")

    def identity(self) -> dict:
        return {"backend": "steps", "version": 3} | self.params.identity(self.memo)

    @cached_property
    def _sentences(self) -> SentenceEncoder:
        return SentenceEncoder(self.params.encoder)

    def __call__(self, items: list[Item]) -> list[Result]:
        self._sentences([text for item in items for text in _texts(item)])  # all at once; each step finds its own again
        return [Result({"steps": self._chain(item)}) for item in items]

    def _chain(self, item: dict) -> list[dict]:
        board = Board(item, _names(item))
        clauses = [(name, getattr(self, f"_{name}")(board)) for name in self.params.steps]
        self._shorten([found for _, found in clauses])
        return [{"name": name, "text": " ".join(found)} for name, found in clauses]

    def _shorten(self, steps: Sequence[list[str]]) -> None:
        """Take the last clause off the longest step until all fit; each keeps its first, its most telling one."""
        sizes = [[len(self._sentences.tokenizer.tokenize(clause)) for clause in step] for step in steps]
        while sum(map(sum, sizes)) > self.params.max_pieces:
            longest = max(
                (i for i in range(len(steps)) if len(steps[i]) > 1), key=lambda i: sum(sizes[i]), default=None
            )
            if longest is None:
                return
            steps[longest].pop()
            sizes[longest].pop()

    def _entities(self, board: Board) -> list[str]:
        if not board.names:
            return ["The sentence names nobody and nothing."]
        *others, last = board.names
        names = [*(f"{name};" for name in others), f"{last}."]
        return [f"Names: {names[0]}", *names[1:]]

    def _image(self, board: Board) -> list[str]:
        """The caption's pieces: those that hold a name first, then those nearest to the sentence."""
        found = evidence.parts(board.post["caption"])
        if not found:
            return ["The image adds nothing."]
        near = self._sentences.similarity([part.text for part in found], board.post["sentence"])
        named = [_named(part, board.names) for part in found]
        order = sorted(range(len(found)), key=lambda i: (not named[i], -float(near[i])))[:MAX_PARTS]
        board.parts = [found[i] for i in order]
        clauses = []
        for i in order:
            text = f'"{found[i].text}"' if found[i].quoted else found[i].text
            verb = "reads" if found[i].quoted else "shows"
            clauses.append(f"The image names {named[i]}: {text}." if named[i] else f"The image {verb} {text}.")
        return clauses

    def _knowledge(self, board: Board) -> list[str]:
        for fact in board.post["facts"] or ():
            if fact["kept"]:
                board.facts.setdefault(fact["candidate"], []).append(fact)
        known = [_known(name, board.facts[name][0]) for name in board.names if name in board.facts]
        return known or ["Nothing is known."]

    def _types(self, board: Board) -> list[str]:
        """A type for each name that something speaks about; then the names about which nothing does."""
        guesses = {name: self._guess(board, name) for name in board.names}
        labels = board.post["labels"]
        clauses = []
        for name, found in sorted(guesses.items(), key=lambda pair: pair[1] is None):
            if found is None:
                clauses.append(f"Nothing shows what {name} is.")
            else:
                verb = "is" if found.margin >= SURE else "may be"
                clauses.append(f"{name} {verb} {meaning(labels[found.label])} ({found.label}).")
        return clauses or ["No name, no type."]

    def _guess(self, board: Board, name: str) -> Guess | None:
        """The nearest type by the best evidence there is: the articles, else what stands by the name in the image.

        The sentence is no evidence here: its nearness to the definitions named the right type for 33% to 45% of the
        names of 350 tweets, where the commonest type makes 48%. Nor is what an image shows without the name: 21% of
        28 names of the sample. The fused model reads both itself.
        """
        labels = board.post["labels"]
        found = guess(_of_facts(board.facts.get(name, ()), name), labels, self._sentences)
        return found or guess(_of_parts(board.parts, name), labels, self._sentences)


def _names(item: dict) -> list[str]:
    return list(dict.fromkeys(span["text"] for span in item["spans"] or ()))


def _named(part: evidence.Part, names: Sequence[str]) -> str:
    return " and ".join(name for name in names if evidence.mentions(part.text, name))


def _known(name: str, fact: dict) -> str:
    """`fact` in one short sentence that says the name."""
    what = evidence.description(fact["summary"], fact["title"])
    return f"{name} is {what}." if what.split(" ")[0] in ("a", "an", "the", "one") else f"{name}: {what.rstrip('.')}."


def _of_facts(facts: Sequence[dict], name: str) -> list[str]:
    return [evidence.without(evidence.description(fact["summary"], fact["title"]), name) for fact in facts]


def _of_parts(parts: Sequence[evidence.Part], name: str) -> list[str]:
    """What stands beside `name` in the image; a piece that holds the name alone says nothing."""
    texts = [evidence.without(part.text, name).lower() for part in parts if evidence.mentions(part.text, name)]
    return [text for text in texts if text]


def _texts(item: dict) -> list[str]:
    """Every text of `item` whose vector a step may ask for."""
    parts = evidence.parts(item["caption"])
    texts = [item["sentence"], *NEUTRAL, *item["labels"].values(), *(part.text for part in parts)]
    for name in _names(item):
        facts = [fact for fact in item["facts"] or () if fact["kept"] and fact["candidate"] == name]
        texts += [*_of_facts(facts, name), *_of_parts(parts, name)]
    return texts
