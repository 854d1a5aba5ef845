"""What a user gets for a post."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from mmner.ner import grounding
from mmner.predict.preparation import Prepared
from mmner.predict.tagging import Tagged


@dataclass(frozen=True)
class Entity:
    """`text` is the post's [start:end], in code points. score: the probability of exactly this entity, 0..1.

    region: of the image, {expression, label, score, box}, box in 0..1 from the upper left corner, score how well it
    fits the entity; None where none does, or no region was looked for.
    """

    start: int
    end: int
    text: str
    label: str
    score: float
    region: dict[str, Any] | None = None


@dataclass(frozen=True)
class Answer:
    """One post's answer. tags: IOB2, one a token. error: why there is nothing more, for a post that could not be read.

    read: what the model had of the post: windows, image, stages (how each came), tokens and money paid for now.
    explain: caption, candidates, facts, expressions, regions, chain, gate, fusion; None unless asked for.
    """

    id: str | None
    text: str | None = None
    entities: list[Entity] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    read: dict[str, Any] = field(default_factory=dict)
    explain: dict[str, Any] | None = None
    error: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """JSON-able; `explain` and `error` only where there is something."""
        content = asdict(self)
        return {key: value for key, value in content.items() if key not in ("explain", "error") or value is not None}


def answer(
    prepared: Prepared, tagged: Tagged, *, explain: bool, reads_images: bool, threshold: float | None = None
) -> Answer:
    """The answer to the post of `prepared`, of which the model said `tagged`.

    threshold: how well a region has to fit an entity; None: as `mmner.ner.grounding` has it.
    """
    post = prepared.post
    grounded, learnt = _grounded(prepared), tagged.regions
    entities = []
    for start, end, label, score in tagged.entities:
        first, last = post.tokens[start].start, post.tokens[end - 1].end
        scores = grounded.scores(start, end) if learnt is None else learnt[start, end]
        region = _region(grounded, scores, grounding.DEFAULT_THRESHOLD if threshold is None else threshold)
        entities.append(Entity(first, last, post.text[first:last], label, round(score, 6), region))
    return Answer(
        id=post.post.id,
        text=post.text,
        entities=entities,
        tokens=[token.text for token in post.tokens],
        tags=tagged.tags,
        read={
            "windows": tagged.windows,
            "image": _image(prepared.example, reads_images),
            "stages": prepared.came,
            "tokens": prepared.tokens,
            "money": prepared.money,
        },
        explain=_evidence(prepared, tagged) if explain else None,
    )


def _grounded(prepared: Prepared) -> grounding.Post:
    """The regions of a post, made here or brought, and what its chain says."""
    found = {stage: prepared.rows.get(stage) or prepared.post.own.get(stage) or {} for stage in ("regions", "chains")}
    steps = [step["text"] for step in found["chains"].get("steps") or ()]
    return grounding.Post(prepared.example["tokens"], found["regions"].get("regions") or [], steps)


def _region(grounded: grounding.Post, scores: Sequence[float], threshold: float) -> dict[str, Any] | None:
    at = grounding.best(scores)
    if at is None or scores[at] < threshold:
        return None
    region = grounded.regions[at]
    named = {name: region[name] for name in ("expression", "label")}
    return named | {
        "score": round(scores[at], 6),
        "box": {key: round(share, 4) for key, share in region["box"].items()},
    }


def _image(example: dict, reads_images: bool) -> str:
    if example["image"] is None:
        return "none"
    if not reads_images:
        return "not used by this model"
    return example["error"] or "read"


def _evidence(prepared: Prepared, tagged: Tagged) -> dict[str, Any]:
    columns = {
        "caption": ("captions", "caption"),
        "candidates": ("candidates", "spans"),
        "facts": ("knowledge", "facts"),
        "expressions": ("expressions", "expressions"),
        "regions": ("regions", "regions"),
        "chain": ("chains", "steps"),
    }
    found = {key: prepared.rows[stage][column] for key, (stage, column) in columns.items() if stage in prepared.rows}
    return found | {"gate": tagged.gate, "fusion": tagged.weights, "confidence": tagged.confidence}
