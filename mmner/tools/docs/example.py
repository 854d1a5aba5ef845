"""Examples of a preparation as pictures: one example with the output of every stage, and a gallery of several."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from mmner.base import params, project
from mmner.base.errors import InputError
from mmner.base.image_files import ImageBroken
from mmner.corpus.params import load
from mmner.ner import iob
from mmner.rows import inputs, parquet
from mmner.rows.none import NoneBackend
from mmner.tools.docs import svg

ARTIFACTS = ("examples", "captions", "candidates", "knowledge", "expressions", "regions", "chains", "features")


def read(root: Path, preparation: str) -> list[dict]:
    """The examples of `preparation`: items with `image_path`, and the row of each artifact under the artifact's name.

    Errors: InputError of params and artifacts, where an artifact is missing or a name unknown.
    """
    content = project.load(root / "params.yaml").of_preparation(preparation)
    corpus_name = params.corpus_of(content, preparation)
    corpus = load(content, corpus_name)
    rows = parquet.read_aligned(root / "data" / "prepared" / preparation, ARTIFACTS)
    folder = None if corpus.images is None else root / "data" / "raw" / corpus_name / corpus.images
    built = inputs.build(rows["examples"], NoneBackend(NoneBackend.Params()), folder, corpus.domain_cue)
    return [item | {name: rows[name][number] for name in ARTIFACTS} for number, item in enumerate(built)]


def predictions(root: Path, run: str) -> dict[str, dict]:
    """The predictions of `run`, by id of the example."""
    rows = parquet.read(root / "data" / "runs" / run / "predictions.parquet", "predictions")
    return {row["id"]: row for row in rows}


def walkthrough(examples: list[dict], predicted: dict[str, dict]) -> str:
    """An SVG of one test example with the output of every stage.

    Of the examples with a region and a kept fact, it shows the one with the most in it.
    """
    shown = [
        item
        for item in examples
        if item["id"] in predicted and _complete(item) and any(fact["kept"] for fact in item["knowledge"]["facts"])
    ]
    if not shown:
        remedy = "choose a preparation with regions and knowledge; `python -m mmner gallery` draws what others have"
        raise InputError("no-example", "no test example has a region and a kept fact", remedy=remedy)
    best = max(shown, key=_richness)
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


def gallery(examples: list[dict], count: int) -> list[tuple[str, str]]:
    """(id, SVG) of `count` examples with an image, a caption, a region and a chain, spread over the preparation.

    Errors: InputError `nothing-to-draw` where there is none, that of an image which can't be read (any more).
    """
    shown = [item for item in examples if _complete(item)]
    if not shown:
        raise _nothing_to_draw(examples)
    step = max(1, len(shown) // count)
    return [(item["id"], _drawn(item)) for item in shown[step // 2 :: step][:count]]


def _drawn(item: dict) -> str:
    try:
        return svg.draw(Path(item["image_path"]), item["regions"]["regions"], _cards(item))
    except ImageBroken as error:
        remedy = "put it back, or have its post read again: dvc repro"
        name = error.reason.replace(" ", "-")
        raise InputError(name, error.why or error.reason, where=item["image_path"], remedy=remedy) from error


def _nothing_to_draw(examples: list[dict]) -> InputError:
    lacks = Counter(_lacks(item) for item in examples).most_common()
    what = f"no example of {len(examples)} has all that is drawn: "
    what += ", ".join(f"{number} without {lack}" for lack, number in lacks)
    remedy = "choose a preparation of a corpus with images, whose captions, regions and chains are not `none`"
    return InputError("nothing-to-draw", what, remedy=remedy)


def _richness(item: dict) -> tuple[bool, int, int]:
    """A sort key: whether the caption names a candidate, then the number of regions, then of facts."""
    caption = item["captions"]["caption"].lower()
    named = any(span["text"].lower() in caption for span in item["candidates"]["spans"] or [])
    return named, len(item["regions"]["regions"]), len(item["knowledge"]["facts"])


def _complete(item: dict) -> bool:
    return _lacks(item) is None


def _lacks(item: dict) -> str | None:
    """The first of what is drawn that `item` lacks; None where it has all."""
    drawn = {
        "an image": item["image_path"],
        "a sound image": not item["examples"]["error"],
        "a caption": item["captions"]["caption"],
        "a region": item["regions"]["regions"],
        "a chain": item["chains"]["steps"],
    }
    return next((name for name, value in drawn.items() if not value), None)


def _cards(item: dict) -> list[tuple[str, list[str]]]:
    spans = "; ".join(f"{span['text']} ({span['score']:.2f})" for span in item["candidates"]["spans"] or [])
    regions = [region["expression"] or region["label"] or "" for region in item["regions"]["regions"]]
    return [
        ("examples", [_short(item["sentence"])]),
        ("captions", [item["captions"]["caption"]]),
        ("candidates", [_short(spans) or "none"]),
        ("regions", ["; ".join(f"{number}: {region}" for number, region in enumerate(regions, start=1))]),
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
