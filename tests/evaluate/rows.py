"""Rows of the artifact `predictions`, as evaluations write them."""

from mmner.ner import iob


def predicted_row(name, split, gold, predicted, parts=()):
    """A post whose gold tags are `gold`, tagged as `predicted`."""
    answer = {
        "predicted": predicted,
        "confidence": [0.9] * len(gold),
        "scores": [0.8] * len(iob.spans(predicted)),
        "gate": 0.5,
        "fusion": [],
    }
    return {"id": name, "split": split, "tokens": ["x"] * len(gold), "gold": gold, "parts": list(parts)} | answer
