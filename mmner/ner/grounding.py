"""Which region of its image an entity is, without training: by the words of regions, and by what a chain says.

A region has the words of its expression and of its label, which may be text that is written in the image. How well
they name an entity is a score in 0..1 that only orders regions; a threshold, chosen on dev, says from where on an
entity has a region at all (`threshold`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property

from mmner.ner.boxes import Box
from mmner.ner.findings import findings
from mmner.ner.grounded_scores import right_region
from mmner.ner.kinds import KINDS, kind
from mmner.ner.mentions import Mentions, bare

# By what a region belongs to an entity: its words are the name; nearly so, as where a letter was misread; a sentence of
# the chain has both; some words of the name, times their share; both are of one kind, such as a person.
NAMED, NEAR, TOLD, PART, ALIKE = 1.0, 0.9, 0.75, 0.6, 0.4
MIN_RATIO = 0.85  # share of letters in common from which two spellings are nearly one
MIN_LETTERS = 5  # of a name that may be misread
DEFAULT_THRESHOLD = 0.7  # where no dev says otherwise
_CHARACTERS = r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]"  # written without blanks: each is a word
_WORD = re.compile(rf"{_CHARACTERS}|(?:(?!{_CHARACTERS})\S)+")
_SENTENCE = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])|\n+")


@dataclass(frozen=True)
class Post:
    """What one post says of its regions. regions: as the artifact has them. steps: texts of its chain."""

    tokens: Sequence[str]
    regions: Sequence[dict]
    steps: Sequence[str] = ()

    def scores(self, start: int, end: int) -> list[float]:
        """How well each region fits the entity of tokens start..end, end exclusive, in 0..1."""
        name = self.tokens[start:end]
        of_name = self._kind_of(name)
        return [
            max(
                *(_named(name, words) for words in texts),
                TOLD * any(self._told(name, words) for words in texts),
                ALIKE * (of_name != KINDS[0] and any(kind(" ".join(words)) == of_name for words in texts)),
            )
            for texts in self._texts
        ]

    @cached_property
    def _texts(self) -> list[list[list[str]]]:
        """Of each region, the words of its expression and of its label."""
        return [
            [words for text in dict.fromkeys((region["expression"], region["label"])) if (words := _words(text))]
            or [[]]
            for region in self.regions
        ]

    @cached_property
    def _sentences(self) -> list[Mentions]:
        texts = (sentence for step in self.steps for sentence in _SENTENCE.split(step))
        return [Mentions(words) for text in texts if (words := _words(text))]

    @cached_property
    def _described(self) -> list[tuple[Mentions, str]]:
        found = findings(self.steps) if self.regions else []
        return [(Mentions(_words(one.name)), kind(one.description)) for one in found if one.description]

    def _kind_of(self, name: Sequence[str]) -> str:
        """Of which kind the chain says that the entity is."""
        text = " ".join(name)
        return next((of for names, of in self._described if of != KINDS[0] and names.find(text)), KINDS[0])

    def _told(self, name: Sequence[str], words: Sequence[str]) -> bool:
        text, expression = " ".join(name), " ".join(words)
        return bool(expression) and any(one.find(text) and one.find(expression) for one in self._sentences)


def _words(text: str | None) -> list[str]:
    return _WORD.findall(text or "")


def _named(name: Sequence[str], words: Sequence[str]) -> float:
    """How much `words` have of `name`."""
    text = Mentions(words)
    if text.find(" ".join(name)):
        return NAMED
    wanted = [letters for token in name if (letters := bare(token))]
    if len(spelled := "".join(wanted)) >= MIN_LETTERS and any(
        SequenceMatcher(None, spelled, "".join(map(bare, words[at : at + len(wanted)])), autojunk=False).ratio()
        >= MIN_RATIO
        for at in range(len(words))
    ):
        return NEAR
    there = sum(bool(len(letters) > 2 and text.shared(letters)) for letters in wanted)
    return PART * there / max(len(wanted), 1)


def best(scores: Sequence[float]) -> int | None:
    """Which region fits best, the first of equals; None where there is none."""
    return max(range(len(scores)), key=lambda at: (scores[at], -at)) if scores else None


def threshold(answers: Sequence[tuple[float, Box | None, Sequence[Box]]]) -> float:
    """The score from which on a best region counts, that makes most of `answers` right.

    answers: of each entity, the score of its best region, that region's box, and gold's boxes. It lies in the middle
    between two scores, or beyond the last; of equally good ones it is the highest. DEFAULT_THRESHOLD without answers.
    """
    if not answers:
        return DEFAULT_THRESHOLD
    scores = sorted({score for score, box, _ in answers if box is not None})
    between = [(low + high) / 2 for low, high in zip(scores, scores[1:], strict=False)]
    candidates = [scores[0] / 2, *between, scores[-1] + 1] if scores else [DEFAULT_THRESHOLD]

    def right(least: float) -> int:
        return sum(
            right_region(gold, [box] if box is not None and score >= least else []) for score, box, gold in answers
        )

    return max(candidates, key=lambda least: (right(least), least))
