"""What a report shows of each post, read from a preparation and from predictions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmner.base import params, project
from mmner.base.errors import InputError
from mmner.evaluate import scored
from mmner.ner import iob, text
from mmner.ner.boxes import corners
from mmner.predict import repository
from mmner.rows import parquet
from mmner.tools.report import analysis
from mmner.tools.report.analysis import Outcome

EVIDENCE = {"captions": "caption", "knowledge": "facts", "regions": "regions", "chains": "steps", "candidates": "spans"}


@dataclass(frozen=True)
class Prepared:
    """The examples of a preparation, by id, with their evidence. images: of the corpus; None where it has none."""

    name: str
    corpus: str
    rows: dict[str, dict]
    images: Path | None


def preparation(name: str) -> Prepared:
    """Preparation `name`, as its artifacts say. Errors: InputError of params.yaml and of examples."""
    content = project.load(repository.PARAMS).of_preparation(name)
    corpus = params.entry(content, "preparations", name).get("corpus")
    images = params.entry(content, "corpora", corpus).get("images")
    folder = repository.PREPARATIONS / name
    rows = {row["id"]: dict(row) for row in parquet.read(folder / "examples.parquet", "examples")}
    for artifact, column in EVIDENCE.items():
        try:
            found = parquet.read(folder / f"{artifact}.parquet", artifact)
        except InputError:  # a run of the sentence alone needs none of them
            continue
        for row in found:
            if row["id"] in rows:
                rows[row["id"]][column] = row[column]
    return Prepared(name, corpus, rows, images and repository.CORPORA / corpus / images)


def predictions(run: str, split: str) -> list[dict]:
    """The predictions of `run` on `split`. Errors: those of `scored.of_split`."""
    return scored.of_split(repository.RUNS / run, split)


def grounded(run: str, split: str) -> dict[str, dict]:
    """The regions of the entities of `run` on `split`, by post; {} where an older version scored it."""
    file = repository.RUNS / run / "grounded.parquet"
    if not file.is_file():
        return {}
    return {row["id"]: row for row in parquet.read(file, "grounded") if row["split"] == split}


def with_regions(shown: dict[str, Any], row: dict) -> None:
    """Give `shown`, of `post`, the boxes of its entities, predicted ones and gold's, and its errors about them."""
    gold = row["gold"] or []
    kept = [one | {"boxes": one["box"]} for one in row["predicted"] if one["kept"]]
    shown["boxes"] = {
        who: [
            {"span": [one["start"], one["end"], one["label"]], "box": [*corners(box)]}
            for one in entities
            for box in one["boxes"]
        ]
        for who, entities in (("gold", gold), ("predicted", kept))
    }
    kinds = {kind for kind, _ in analysis.region_outcomes(row["predicted"], gold)} - {analysis.RIGHT}
    shown["kinds"] = [*shown["kinds"], *sorted(kinds)]


def of_split(prepared: Prepared, split: str, count: int | None = None) -> list[dict]:
    """The examples of `split`, `count` of them at most, as rows without an answer."""
    rows = [row for row in prepared.rows.values() if row["split"] == split]
    return rows[:count]


def post(prepared: Prepared, row: dict, found: Sequence[Outcome] | None) -> dict[str, Any]:
    """One post as the page gets it. row: a prediction, or an example where nobody has answered."""
    example = prepared.rows.get(row["id"], {})
    language = example.get("language") or "en"
    shown: dict[str, Any] = {
        "id": row["id"],
        "tokens": row["tokens"],
        "gap": len(text.sentence(["", ""], language)),
        "image": example.get("image"),
        "caption": example.get("caption"),
        "facts": [
            {name: fact[name] for name in ("candidate", "title", "summary", "url", "relevance", "kept")}
            for fact in example.get("facts") or ()
        ],
        "regions": [
            {
                "expression": region["expression"] or region["label"] or "",  # boxes of a detector have no expression
                "score": region["score"],
                "box": [*corners(region["box"])],
            }
            for region in example.get("regions") or ()
        ],
        "chain": example.get("steps") or [],
        "candidates": [span["text"] for span in example.get("spans") or ()],
    }
    if found is not None:
        shown |= {
            "gold": iob.spans(row["gold"]),
            "predicted": [
                [*span, score] for span, score in zip(iob.spans(row["predicted"]), row["scores"], strict=True)
            ],
            "kinds": sorted({one.kind for one in found if one.kind != analysis.RIGHT}),
            "labels": sorted({span[2] for one in found for span in (one.gold, one.predicted) if span}),
            "parts": row["parts"],
            "gate": row["gate"],
            "fusion": {one["kind"]: one["weight"] for one in row["fusion"]},
        }
    return shown
