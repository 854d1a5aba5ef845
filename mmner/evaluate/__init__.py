"""Scores of a trained run on dev, and on test where its variant says so, nothing of which was tuned to test.

Reads a model, the preparation it was trained on, `gold`, `boxes`. Writes `predictions.parquet`, one row an example,
`metrics.json`, an object that `dvc metrics show` makes a row a run, `types.json` for `dvc plots`, and
`parts.json`, the scores of posts with and without each kind of evidence:

    {"id": "t1", "split": "test", "tokens": ["Marlow"], "gold": ["B-ORG"], "predicted": ["B-ORG"], "confidence": [0.98],
     "scores": [0.97], "gate": 0.6, "fusion": [{"kind": "global", "weight": 1.0}], "parts": ["image", "caption"]}
    {"f1": 0.84, "precision": 0.85, "recall": 0.83, "low": 0.79, "high": 0.88, "default_f1": 0.84, "ORG_f1": 0.81, ...,
     "dev_f1": 0.86, "dev_precision": 0.87, ..., "digest_dev": "9b5c...", "digest_test": "e07a...", ...}
    [{"type": "ORG", "f1": 0.81, "precision": 0.8, "recall": 0.82, "support": 63}, ...]

Each entity gets a region of its image, or none, in `grounded.parquet`. Where the corpus names gold boxes,
`grounding.json` has the scores of MNER, EEG and GMNER; their totals stand in `metrics.json` under `grounding`.

    {"id": "t1", "split": "test", "predicted": [{"start": 0, "end": 1, "label": "ORG", "score": 1.0, "kept": true,
     "expression": "Marlow bakery", "box": [{"x0": 0.1, "y0": 0.1, "x1": 0.9, "y1": 0.4}], "boxes": [],
     "scores": [0.2, 1.0]}], "gold": [..]}
"""
