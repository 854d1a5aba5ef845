"""Zero-shot typing: the type whose definition is nearest to a piece of evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

NEUTRAL = ("it", "something", "a thing", "some words", "a picture", "a name")  # evidence for nothing


@dataclass(frozen=True)
class Guess:
    """A type and its margin over the next one: a difference of cosines, 0..2."""

    label: str
    margin: float


def guess(evidence: Sequence[str], definitions: dict[str, str], sentences) -> Guess | None:
    """The type to which the clearest piece of `evidence` is nearest; None without evidence or types.

    `definitions`: label -> its definition. `sentences`: a SentenceEncoder. The mean similarity of a definition
    to texts that say nothing (NEUTRAL) is subtracted, since some definitions are near to every text.
    """
    if not evidence or not definitions:
        return None
    meanings = sentences(list(definitions.values())).T  # (d, labels)
    nearness = sentences(list(evidence)) @ meanings - (sentences(NEUTRAL) @ meanings).mean(0)  # (evidence, labels)
    order = np.sort(nearness, axis=1)
    margins = order[:, -1] - order[:, -2] if len(definitions) > 1 else order[:, -1]
    clearest = int(margins.argmax())
    return Guess(list(definitions)[int(nearness[clearest].argmax())], float(margins[clearest]))


def meaning(definition: str) -> str:
    """The beginning of a definition: "an organisation, such as a shop" -> "an organisation"."""
    return definition.split(",")[0].split(";")[0].split(" such as ")[0].strip()
