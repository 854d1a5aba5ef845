"""Few-shot: which sentences of the train split a run and its candidates may learn from."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence

from mmner.base.params import Count, Params, Seed
from mmner.ner import iob


class Shots(Params):
    """k: the least number of mentions of each type, where the train split has so many. seed: of the draw."""

    k: Count
    seed: Seed


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
    mentions_of = [_count_mentions(sequence) for sequence in tags]
    total = sum(mentions_of, Counter())
    rng, taken, reached = random.Random(shots.seed), [], Counter()
    for kind in sorted(total, key=lambda kind: (total[kind], kind)):
        candidates = [number for number, counts in enumerate(mentions_of) if kind in counts and number not in taken]
        rng.shuffle(candidates)
        while reached[kind] < shots.k and candidates:
            taken.append(candidates.pop())
            reached += mentions_of[taken[-1]]
    shot_numbers = list(taken)
    for number in taken:
        if all(reached[kind] - count >= min(shots.k, total[kind]) for kind, count in mentions_of[number].items()):
            shot_numbers.remove(number)
            reached -= mentions_of[number]
    return sorted(shot_numbers)


def report(ids: Sequence[str], tags: Sequence[Sequence[str]], labels: Sequence[str], shots: Shots) -> dict:
    """The record of a run's shots: k and seed, their `ids`, and the number of mentions of each type in their `tags`.

    Its key `fewer` has the types of `labels` with less than k mentions; the train split has no more of these.
    """
    counts = sum(map(_count_mentions, tags), Counter())
    mentions = {label: counts[label] for label in labels}
    fewer = {label: count for label, count in mentions.items() if count < shots.k}
    return {**shots.model_dump(), "ids": list(ids), "mentions": mentions, "fewer": fewer}


def line(draw_report: dict, sentences: int) -> str:
    """`draw_report`, as `report` returns it, in one line. `sentences`: how many the train split has."""
    fewer = ", ".join(f"{label} ({count})" for label, count in draw_report["fewer"].items())
    shots, mentions = len(draw_report["ids"]), sum(draw_report["mentions"].values())
    summary = f"{draw_report['k']} shots: {shots} of {sentences} sentences, {mentions} mentions"
    return f"{summary}; fewer than {draw_report['k']} mentions in train: {fewer}" if fewer else summary


def _count_mentions(tags: Sequence[str]) -> Counter[str]:
    return Counter(kind for _, _, kind in iob.spans(tags))
