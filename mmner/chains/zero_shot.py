"""Zero-shot typing: the type whose definition is nearest to a piece of evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mmner.networks.sentences import Encode, SentenceEncoder, is_clear

NEUTRAL = ("it", "something", "a thing", "some words", "a picture", "a name")  # evidence for nothing


SURE = 0.06  # margin under which a guess is worded as one


@dataclass(frozen=True)
class Guess:
    """A type and its margin over the next one: a difference of cosines, 0..2."""

    label: str
    margin: float

    @property
    def is_sure(self) -> bool:
        return self.margin >= SURE


def guess(evidence: Sequence[str], definitions: dict[str, str], sentences: SentenceEncoder) -> Guess | None:
    """The type to which the clearest piece of `evidence` is nearest; None without evidence or types.

    `definitions`: label -> its definition. The mean similarity of a definition to texts that say nothing (NEUTRAL) is
    subtracted, since some definitions are near to every text.
    """
    if not evidence or not definitions:
        return None
    guessed, is_clear = _guess(evidence, definitions, sentences)
    return guessed if is_clear else _guess(evidence, definitions, sentences.exact)[0]


def _guess(evidence: Sequence[str], definitions: dict[str, str], encode: Encode) -> tuple[Guess, bool]:
    """The guess by the vectors that `encode` gives, and whether all that it hangs on is clear."""
    meanings = encode(list(definitions.values())).T  # (d, labels)
    nearness = encode(list(evidence)) @ meanings - (encode(NEUTRAL) @ meanings).mean(0)  # (evidence, labels)
    order = np.sort(nearness, axis=1)
    margins = order[:, -1] - order[:, -2] if len(definitions) > 1 else order[:, -1]
    clearest = int(margins.argmax())
    guessed = Guess(list(definitions)[int(nearness[clearest].argmax())], float(margins[clearest]))
    return guessed, is_clear(margins.tolist(), [SURE]) and is_clear(order[clearest].tolist()[-2:])


def meaning(definition: str) -> str:
    """The beginning of a definition: "an organisation, such as a shop" -> "an organisation"."""
    return definition.split(",")[0].split(";")[0].split(" such as ")[0].strip()
