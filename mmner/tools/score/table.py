"""Scores of several systems against one gold, as a table and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from mmner.ner import iob
from mmner.ner.scores import count, score
from mmner.tag.matching import Matched
from mmner.tools.score.gold import Gold
from mmner.tools.tables.arithmetic import RESAMPLES, Gain, paired

HEAD = ("system", "precision", "recall", "strict F1", "95%", "seqeval's default F1")


@dataclass
class Scored:
    """One system. scores: of `ner.scores.score`. gain: of the run over it; None for the run, and without one."""

    name: str
    scores: dict
    gain: Gain | None = None
    notes: list[str] = field(default_factory=list)
    odd: dict[str, int] = field(default_factory=dict)


def of_run(name: str, gold: Gold) -> Scored:
    return Scored(name, score([post.tags for post in gold.posts], gold.predicted, gold.bootstrap))


def of_system(name: str, matched: Matched, gold: Gold) -> Scored:
    """What no token of ours can show stands behind a post's own tags, as a token more: predicted, and not in gold."""
    true = [post.tags + ["O"] * len(extra) for post, extra in zip(gold.posts, matched.extra, strict=True)]
    pairs = zip(matched.predicted, matched.extra, strict=True)
    guess = [tags + [f"B-{label}" for label in extra] for tags, extra in pairs]
    scored = Scored(name, score(true, guess, gold.bootstrap), odd=dict(matched.odd))
    if gold.predicted is not None:
        ours, _ = count([post.tags for post in gold.posts], gold.predicted)
        scored.gain = paired([ours], [count(true, guess)[0]])
    labels = {label for post in gold.posts for *_, label in iob.spans(iob.repair(post.tags))}
    unknown = {label for tags in guess for *_, label in iob.spans(tags)} - labels - {*gold.corpus.labels}
    scored.notes += [f"matched by {matched.by}"] + [f"{number} {what}" for what, number in matched.odd.items()]
    scored.notes += [f"labels that the corpus lacks, counted as wrong: {', '.join(sorted(unknown))}"] if unknown else []
    return scored


def markdown(systems: Sequence[Scored], gold: Gold, run: str | None) -> str:
    """The table, and below it what is to know of each file; scores in percent."""
    head = [*HEAD, *((f"{run} minus it", "95%", "p") if run else ())]
    first = systems[0].scores
    lines = [f"{gold.split}: {first['sentences']} posts, {first['entities']} entities", ""]
    lines += [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for one in systems:
        scores = one.scores
        interval = "–" if scores["low"] is None else f"{_percent(scores['low'])} to {_percent(scores['high'])}"
        cells = [_cell(one.name), *(_percent(scores[key]) for key in ("precision", "recall", "f1")), interval]
        cells.append(_percent(scores["default_f1"]))
        if run:
            cells += _gain(one.gain)
        lines.append(f"| {' | '.join(cells)} |")
    notes = [f"- {one.name}: {note}" for one in systems for note in one.notes]
    intervals = f"95%: {gold.bootstrap} resamples of the posts" if gold.bootstrap else "no intervals"
    if run:
        intervals += (
            f"; {run} minus it, and p, the share of resamples in which {run} is not above: {RESAMPLES} paired ones"
        )
    return "\n".join([*lines, "", f"{intervals}.", "", *notes]).rstrip("\n") + "\n"


def as_dict(systems: Sequence[Scored], gold: Gold, run: str | None, preparation: str | None) -> dict:
    """The same for a program; scores in 0..1. difference: of the run over the system."""
    about = {"run": run, "preparation": preparation, "split": gold.split, "bootstrap": gold.bootstrap}
    about |= {"resamples": RESAMPLES if run else None}
    return about | {
        "systems": [
            {
                "system": one.name,
                **one.scores,
                "difference": one.gain
                and {"f1": one.gain.gain, "low": one.gain.low, "high": one.gain.high, "p": one.gain.p},
                "notes": one.notes,
            }
            for one in systems
        ]
    }


def _percent(value: float) -> str:
    return f"{100 * value:.2f}"


def _cell(name: str) -> str:
    return name.replace("|", "\\|")


def _gain(gain: Gain | None) -> list[str]:
    if gain is None:
        return ["", "", ""]
    p = "<0.001" if gain.p < 0.001 else f"{gain.p:.3f}"
    return [f"{100 * gain.gain:+.2f}", f"{100 * gain.low:+.2f} to {100 * gain.high:+.2f}", p]
