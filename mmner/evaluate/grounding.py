"""Each entity's region in its image, on predicted and on gold spans, and the scores of that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mmner.ner import grounding, iob
from mmner.ner.boxes import Box, corners
from mmner.ner.grounded_scores import TASKS, Grounded, score
from mmner.rows import parquet
from mmner.rows.schemas import DECIMALS

KEPT = ("f1", "low", "high")  # of each score, in metrics.json
Span = tuple[int, int, str]
Learnt = Mapping[str, Mapping[tuple[int, int], Sequence[float]]]  # id -> (start, end) -> how well each region fits


@dataclass(frozen=True)
class Result:
    """rows: of artifact `grounded`. threshold: the score from which on a region counts.

    scores: of each split, on predicted spans as `grounded_scores.score` gives them, and `gold_spans`, the same on
    gold's spans, where EEG's and GMNER's F1 are the share of entities with the right region. {} where the corpus
    names no boxes.
    """

    rows: list[dict]
    threshold: float
    scores: dict[str, dict] = field(default_factory=dict)

    def metrics(self) -> dict[str, float | None]:
        """What metrics.json says of it, flat: test's under their names, dev's under dev_<name>; {} without boxes."""
        if not self.scores:
            return {}
        found: dict[str, float | None] = {"threshold": self.threshold}
        for split in ("test", "dev"):
            of_split = self.scores.get(split)
            prefix = "" if split == "test" else f"{split}_"
            for task in (*TASKS, "gold_spans") if of_split else ():
                numbers = of_split[task]["eeg"] if task == "gold_spans" else of_split[task]
                found |= {f"{prefix}{task}_{name}": numbers[name] for name in KEPT}
        return found


def ground(predictions: Sequence[dict], prepared: Path, bootstrap: int, learnt: Learnt | None = None) -> Result:
    """The regions of the entities of `predictions`, rows of that artifact, on the preparation in folder `prepared`.

    learnt: scores of a model's own, in place of those by words, where there are some. The threshold is
    chosen on dev's gold spans.
    """
    regions = _column(prepared, "regions", "regions")
    steps = _column(prepared, "chains", "steps")
    boxes = _column(prepared, "boxes", "entities")
    rows = []
    for row in predictions:
        there = regions.get(row["id"]) or []
        post = grounding.Post(row["tokens"], there, [step["text"] for step in steps.get(row["id"]) or ()])

        def scores(span: Span, name: str = row["id"], post: grounding.Post = post) -> Sequence[float]:
            return learnt[name][span[:2]] if learnt else post.scores(span[0], span[1])

        gold = None
        if (entities := boxes.get(row["id"])) is not None:
            seen = {(one["start"], one["end"]): one["boxes"] for one in entities}
            gold = [_entity(span, there, scores(span), seen.get(span[:2], [])) for span in iob.spans(row["gold"])]
        predicted = [_entity(span, there, scores(span), []) for span in iob.spans(row["predicted"])]
        rows.append({"id": row["id"], "split": row["split"], "predicted": predicted, "gold": gold})
    dev = [one for row in rows if row["split"] == "dev" for one in row["gold"] or ()]
    least = round(grounding.threshold([*map(_answer, dev)]), DECIMALS + 1)  # the middle of two scores
    for row in rows:
        for one in (*row["predicted"], *(row["gold"] or ())):
            one["kept"] = bool(one["box"]) and one["score"] >= least
    known = [row for row in rows if row["gold"] is not None]
    splits = dict.fromkeys(row["split"] for row in known)
    return Result(
        rows, least, {split: _scores([row for row in known if row["split"] == split], bootstrap) for split in splits}
    )


def write(folder: Path, result: Result, key: str | None = None) -> None:
    """Write `result` as grounded.parquet to the folder of a run. key: of the predictions, kept in its metadata."""
    about = {"threshold": str(result.threshold)} | ({"key": key} if key else {})
    parquet.write(folder / "grounded.parquet", "grounded", result.rows, about)


def line(split: str, scores: Mapping) -> str:
    """The line that the stage prints of a split's regions."""

    def number(name: str, of: Mapping) -> str:
        interval = "" if of["low"] is None else f" ({of['low']:.4f} to {of['high']:.4f})"
        return f"{name} {of['f1']:.4f}{interval}"

    return (
        f"evaluate: {split}: {scores['groundable_entities']} of {scores['entities']} entities have a box, "
        f"{', '.join(number(task.upper(), scores[task]) for task in TASKS)}, "
        f"{number('right region on gold spans', scores['gold_spans']['eeg'])}"
    )


def _column(prepared: Path, artifact: str, column: str) -> dict[str, list[dict] | None]:
    """A column of an artifact by id; {} where there is no such artifact: a preparation may lack it."""
    file = prepared / f"{artifact}.parquet"
    if not file.is_file():
        return {}
    return {row["id"]: row[column] for row in parquet.stream(file, artifact, ["id", column])}


def _entity(span: Span, regions: Sequence[dict], scores: Sequence[float], boxes: Sequence[dict]) -> dict:
    start, end, label = span
    at = grounding.best(scores)
    region = None if at is None else regions[at]
    return {
        "start": start,
        "end": end,
        "label": label,
        "score": 0.0 if at is None else round(scores[at], DECIMALS),
        "kept": False,
        "expression": region and region["expression"],
        "box": [region["box"]] if region else [],
        "boxes": [*boxes],
        "scores": [*scores],
    }


def _answer(one: dict) -> tuple[float, Box | None, list[Box]]:
    return one["score"], next(map(corners, one["box"]), None), [*map(corners, one["boxes"])]


def _grounded(one: dict, of_gold: bool) -> Grounded:
    boxes = one["boxes"] if of_gold else one["box"] if one["kept"] else []
    return Grounded(one["start"], one["end"], one["label"], tuple(map(corners, boxes)))


def _scores(rows: Sequence[dict], bootstrap: int) -> dict:
    gold, said, on_gold = (
        [[_grounded(one, of_gold) for one in row[column]] for row in rows]
        for column, of_gold in (("gold", True), ("predicted", False), ("gold", False))
    )
    return score(gold, said, bootstrap) | {"gold_spans": score(gold, on_gold, bootstrap)}
