"""Few-shot: which sentences of the train split a run and its candidates may learn from."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from typing import Annotated

import pydantic

from mmner.base.params import Params
from mmner.ner import iob


class Shots(Params):
    """k: mentions of each type, at least, where the train split has so many. seed: of the draw."""

    k: Annotated[int, pydantic.Field(ge=1)]
    seed: int


def draw(tags: Sequence[Sequence[str]], shots: Shots) -> list[int]:
    """Indices, ascending, of the sentences that are the shots; the same for the same `tags` and `shots` everywhere.

    `tags`: IOB2 tags of each sentence of the train split, in order. Neither paper says how it samples; this does:

    1. Types are taken from the one with the fewest mentions to the one with the most, equal ones by name.
    2. For each, sentences that mention it are taken in random order until the type has k mentions among all the
       sentences taken so far, for other types included, or no sentence is left.
    3. Sentences are then looked at in the order in which they were taken: one without which each type still has its k
       mentions (all of them, where there are fewer) is put back.

    A sentence brings all its mentions with it, so that a frequent type mostly ends with more than k.
    """
    held = [_mentions(one) for one in tags]
    total = sum(held, Counter())
    chance, taken, has = random.Random(shots.seed), [], Counter()
    for kind in sorted(total, key=lambda kind: (total[kind], kind)):
        left = [number for number, one in enumerate(held) if kind in one and number not in taken]
        chance.shuffle(left)
        while has[kind] < shots.k and left:
            taken.append(left.pop())
            has += held[taken[-1]]
    kept = list(taken)
    for number in taken:
        if all(has[kind] - count >= min(shots.k, total[kind]) for kind, count in held[number].items()):
            kept.remove(number)
            has -= held[number]
    return sorted(kept)


def report(ids: Sequence[str], tags: Sequence[Sequence[str]], labels: Sequence[str], shots: Shots) -> dict:
    """What is kept with a run about its shots: their `ids`, and mentions by type in their `tags`.

    fewer: types of `labels` with less than k mentions, which is then all that the train split has.
    """
    found = sum(map(_mentions, tags), Counter())
    mentions = {label: found[label] for label in labels}
    fewer = {label: count for label, count in mentions.items() if count < shots.k}
    return {**shots.model_dump(), "ids": list(ids), "mentions": mentions, "fewer": fewer}


def line(about: dict, sentences: int) -> str:
    """`about`, from `report`, in one line; `sentences`: of the train split."""
    fewer = ", ".join(f"{label} ({count})" for label, count in about["fewer"].items())
    told = (
        f"{about['k']} shots: {len(about['ids'])} of {sentences} sentences, {sum(about['mentions'].values())} mentions"
    )
    return f"{told}; fewer than {about['k']} mentions in train: {fewer}" if fewer else told


def _mentions(tags: Sequence[str]) -> Counter[str]:
    return Counter(kind for _, _, kind in iob.spans(tags))
