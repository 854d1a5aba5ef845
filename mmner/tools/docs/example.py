"""Examples of a preparation as pictures: one example's way through the stages, and a gallery of several."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from mmner.base import params
from mmner.base.errors import InputError
from mmner.corpus.params import load
from mmner.ner import iob
from mmner.rows import inputs, parquet
from mmner.tools.docs import svg

PREPARED = ("examples", "captions", "candidates", "knowledge", "expressions", "regions", "chains", "features")


def read(root: Path, preparation: str) -> list[dict]:
    """Every example of `preparation`, with what each stage says of it under the stage's name, and `image_path`.

    Errors: InputError of params and artifacts, where an artifact is missing or a name unknown.
    """
    everything = params.load(root / "params.yaml")
    corpus_name = params.entry(everything, "preparations", preparation)["corpus"]
    corpus = load(everything, corpus_name)
    found = parquet.read_aligned(root / "data" / "prepared" / preparation, PREPARED)
    built = inputs.build(found["examples"], root / "data" / "raw" / corpus_name, corpus.images, corpus.domain_cue)
    return [item | {name: found[name][row] for name in PREPARED} for row, item in enumerate(built)]


def predictions(root: Path, run: str) -> dict[str, dict]:
    """Rows of `predictions` of `run`, by id of the example."""
    rows = parquet.read(root / "data" / "runs" / run / "predictions.parquet", "predictions")
    return {row["id"]: row for row in rows}


def way(found: list[dict], predicted: dict[str, dict]) -> str:
    """SVG of one test example's way through all the stages.

    The example: one with a region and a kept fact, and of those the one that has most to show.
    """
    shown = [
        item
        for item in found
        if item["id"] in predicted and _complete(item) and any(fact["kept"] for fact in item["knowledge"]["facts"])
    ]
    if not shown:
        raise InputError("no-example", "no test example has a region and a kept fact")
    best = max(shown, key=_much)
    features = best["features"]
    vectors = f"{len(features['image'])} numbers for the image, and as many for each region"
    row = predicted[best["id"]]
    last = [
        ("features", [vectors]),
        ("train", ["All of this, encoded, fused and gated, through a BiLSTM to a CRF over the sentence's tokens."]),
        ("evaluate", [f"{name}: {_entities(row['tokens'], row[name])}" for name in ("predicted", "gold")]),
    ]
    middle = [
        ("knowledge", [_fact(fact) for fact in best["knowledge"]["facts"]]),
        ("expressions", ["; ".join(best["expressions"]["expressions"])]),
    ]
    cards = [*_cards(best)[:3], *middle, *_cards(best)[3:], *last]
    return svg.draw(Path(best["image_path"]), best["regions"]["regions"], cards)


def gallery(found: list[dict], count: int) -> list[tuple[str, str]]:
    """(id, SVG) of `count` examples with an image, a caption and a region, evenly spread over the preparation."""
    shown = [item for item in found if _complete(item)]
    step = max(1, len(shown) // count)
    return [
        (item["id"], svg.draw(Path(item["image_path"]), item["regions"]["regions"], _cards(item)))
        for item in shown[step // 2 :: step][:count]
    ]


def _much(item: dict) -> tuple[bool, int, int]:
    """How much there is to show: whether the caption names a candidate, then regions, then facts."""
    caption = item["captions"]["caption"].lower()
    named = any(span["text"].lower() in caption for span in item["candidates"]["spans"] or [])
    return named, len(item["regions"]["regions"]), len(item["knowledge"]["facts"])


def _complete(item: dict) -> bool:
    values = (item["image_path"], item["captions"]["caption"], item["regions"]["regions"], item["chains"]["steps"])
    return not item["examples"]["error"] and all(values)


def _cards(item: dict) -> list[tuple[str, list[str]]]:
    spans = "; ".join(f"{span['text']} ({span['score']:.2f})" for span in item["candidates"]["spans"] or [])
    regions = enumerate(item["regions"]["regions"], start=1)
    return [
        ("examples", [_short(item["sentence"])]),
        ("captions", [item["captions"]["caption"]]),
        ("candidates", [_short(spans) or "none"]),
        ("regions", ["; ".join(f"{number}: {region['expression']}" for number, region in regions)]),
        ("chains", [f"{step['name']}: {_short(step['text'])}" for step in item["chains"]["steps"]]),
    ]


def _fact(fact: dict) -> str:
    verdict = "kept" if fact["kept"] else "rejected"
    return f"{fact['title']} ({verdict}, relevance {fact['relevance']:.2f}): {_short(fact['summary'])}"


def _short(text: str, letters: int = 260) -> str:
    return text if len(text) <= letters else text[:letters].rstrip() + " …"


def _entities(tokens: list[str], tags: Iterable[str]) -> str:
    spans = [f"{' '.join(tokens[start:end])} {label}" for start, end, label in iob.spans(list(tags))]
    return "; ".join(spans) or "no entity"
