"""What a user gets for a post."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from mmner.predict.preparation import Prepared
from mmner.predict.tagging import Tagged


@dataclass(frozen=True)
class Entity:
    """`text` is the post's [start:end], in code points. score: the probability of exactly this entity, 0..1."""

    start: int
    end: int
    text: str
    label: str
    score: float


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


def answer(prepared: Prepared, tagged: Tagged, *, explain: bool, reads_images: bool) -> Answer:
    """The answer to the post of `prepared`, of which the model said `tagged`."""
    post = prepared.post
    entities = []
    for start, end, label, score in tagged.entities:
        first, last = post.tokens[start].start, post.tokens[end - 1].end
        entities.append(Entity(first, last, post.text[first:last], label, round(score, 6)))
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
